/** Attacks on the audit log. */
import { type AuditRecord, auditLeafRules, entryCodec, openSubjectKeys } from '@chartseal/audit'
import { type AuditEvent, entryAt, readAll, sealEntry } from '@chartseal/audit/v1'
import { SigningKey } from '@chartseal/core/ed25519'
import { AeadKey } from '@chartseal/core/keys'
import { memoryKeyValue } from '@chartseal/core/memory'
import {
  bundlePath,
  decodeBundle,
  ed25519Signer,
  encodeBundle,
  mapSource,
  memoryStorage,
  openLogWriter,
  parseVerifierKey,
  type Trust,
  verifyLog,
} from '@chartseal/tlog'
import type { Tools } from '../interop/operation.js'
import { type Attack, present, requireWorks } from './attack.js'

const patientId = 'PAT-12345'
const actors = ['Dr. Okafor', 'Nurse Lindqvist', 'Dr. Mallory', 'Dr. Okafor', 'Dr. Mallory']
const curious = 2

export const droppedEntries: Attack = {
  name: 'dropped-entries',
  title: 'An entry disappears from the audit log, and two others change places',
  errata: ['M18'],
  against: 'package',
  refusal: 'verify/deleted',
  breaks({ random, clock }, tell) {
    const key = AeadKey.generate(random)
    const events: AuditEvent[] = actors.map(actor => ({ actor, action: 'read', patientId }))
    const records = events.map(event => sealEntry(key, entryAt(event, clock), random))
    tell(
      `the log has ${records.length} sealed entries; entry ${curious} is ${actors[curious]} reading ${patientId}`,
    )
    const [first = '', second = '', ...others] = records.toSpliced(curious, 1)
    const read = [...readAll(key, [second, first, ...others])]
    const good = read.filter(result => 'entry' in result)
    tell(`without it, and with two others swapped, ${good.length} of ${read.length} entries read as sound`)
    return good.length === actors.length - 1
  },
  async prepare(tools, tell) {
    const { files, trust } = await logOf(tools)
    const sound = await verifyLog(mapSource(files), trust)
    requireWorks(sound.checkpoint?.size === actors.length && sound.findings.length === 0, 'the log verifies')
    tell(`a log of ${actors.length} entries verifies, with the checkpoint that its key signed`)
    const path = bundlePath(0, actors.length)
    const [first, second, ...others] = decodeBundle(present(files.get(path))).toSpliced(curious, 1)
    const leaves = [present(second), present(first), ...others]
    tell(`entry ${curious} is taken out of the files, and the first two are swapped`)
    const edited = new Map(files).set(path, encodeBundle(leaves))
    return async () => {
      const { findings } = await verifyLog(mapSource(edited), trust)
      const [swapped, deleted] = ['verify/reordered', 'verify/deleted'].map(code =>
        findings.find(finding => finding.code === code),
      )
      // Both are named; the answer is one.
      if (swapped !== undefined && deleted !== undefined) throw deleted
      for (const finding of findings) throw finding
    }
  },
}

interface TestedLog {
  readonly files: ReadonlyMap<string, Uint8Array>
  readonly trust: Trust & { readonly rules: typeof auditLeafRules }
}

async function logOf({ random, clock }: Tools): Promise<TestedLog> {
  const origin = 'clinic.example/audit'
  const storage = memoryStorage()
  const keys = await openSubjectKeys({ store: memoryKeyValue(), logKeys: memoryKeyValue(), random })
  const codec = entryCodec({ origin, keys, random })
  const signer = ed25519Signer(origin, SigningKey.generate(random))
  const log = await openLogWriter({ storage, codec, origin, signer, clock, random })
  for (const actor of actors)
    await log.append({ id: random.bytes(16), record: recordOf(actor, clock.nowMs()) })
  await log.close()
  keys.close()
  return { files: storage.files, trust: { log: parseVerifierKey(signer.verifierKey), rules: auditLeafRules } }
}

function recordOf(actor: string, at: number): AuditRecord {
  const what = { action: 'read', outcome: 'success', purposeOfUse: ['TREAT'] } as const
  return { at, actor, patient: patientId, source: 'Device/ward-3', detail: {}, ...what }
}
