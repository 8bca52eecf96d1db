import { type AuditRecord, entryCodec, openSubjectKeys, type SubjectKeys, scanAll } from '@chartseal/audit'
import { openBytes } from '@chartseal/core/chunked'
import { encodeUtf8 } from '@chartseal/core/encoding'
import { AeadKey } from '@chartseal/core/keys'
import { memoryKeyValue } from '@chartseal/core/memory'
import type { KeyValue } from '@chartseal/core/ports'
import { codeOf } from '@chartseal/testkit'
import { atMs, countingRandom, origin, sample } from './entry-helpers.js'

export const patients = ['Patient/anna', 'Patient/bert', 'Patient/cleo']
export const target = 'Patient/bert'
export const survivors = [null, 'Patient/anna', 'Patient/cleo']

export interface Clinic {
  readonly store: KeyValue
  readonly logKeys: KeyValue
  readonly leaves: readonly Uint8Array[]
}

export const recordFor = (patient: string | null): AuditRecord => ({ ...sample, patient })

/** A log with one entry for each patient and one for the system, in that order. */
export async function clinic(): Promise<Clinic> {
  const stores = { store: memoryKeyValue(), logKeys: memoryKeyValue() }
  const keys = await openSubjectKeys({ ...stores, random: countingRandom() })
  const codec = entryCodec({ origin, keys, random: countingRandom() })
  const leaves: Uint8Array[] = []
  for (const [seq, patient] of [...patients, null].entries()) {
    const id = new Uint8Array(16).fill(seq)
    leaves.push(await codec.encode({ id, record: recordFor(patient) }, seq, atMs))
  }
  keys.close()
  return { ...stores, leaves }
}

export async function reads(keys: SubjectKeys, leaves: readonly Uint8Array[]): Promise<(string | null)[]> {
  const found: (string | null)[] = []
  for await (const result of scanAll(await keys.all(), origin, leaves))
    if (result.kind === 'entry') found.push(result.record.patient)
  return found
}

/** Whether any key that is left opens any value of a store, whatever its name and generation. */
export async function opensAnything({ logKeys }: Clinic, backup: KeyValue): Promise<boolean> {
  const label = encodeUtf8('chartseal/audit-key/v2')
  for (const keyName of await logKeys.keys('log-key/')) {
    using key = new AeadKey((await logKeys.get(keyName)) ?? new Uint8Array(0))
    for (const name of await backup.keys()) {
      const wrapped = (await backup.get(name)) ?? new Uint8Array(0)
      for (let generation = 1; generation < 5; generation++) {
        const context = Buffer.concat([
          label,
          Buffer.from([0, 0, 0, 0, 0, 0, 0, generation]),
          encodeUtf8(name),
        ])
        if ((await codeOf(() => openBytes(key, wrapped, context))) === 'accepted') return true
      }
    }
  }
  return false
}
