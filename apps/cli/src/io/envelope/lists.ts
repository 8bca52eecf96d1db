/** Grant lists as files: read, described and given out. */
import { encodeHex } from '@chartseal/core/encoding'
import type { Answer } from '@chartseal/core/json'
import { type GrantList, grantListCid, maxGrantListBytes, parseGrantList } from '@chartseal/ipfs-envelope'
import { type CommonOptions, finish, type OutputOptions } from '../command.js'
import { UsageError } from '../errors.js'
import { inFile, readBounded } from '../files.js'
import type { Io } from '../io.js'
import { kidOf } from './owner.js'

/** @throws ChartsealError `grants/malformed`, `grants/bad-signature`, `cli/too-large` */
export async function readList(io: Io, file: string): Promise<GrantList> {
  const bytes = await readBounded(io, file, maxGrantListBytes)
  return inFile(file, () => parseGrantList(bytes))
}

/** A grant list is the only way to its record: it has a place before anything is done. @throws UsageError */
export function requireOut({ out }: OutputOptions): string {
  if (out === undefined) throw new UsageError('a grant list is written to a file: give --out FILE')
  return out
}

/** What was done, in words and as one object; nothing on stdout when that carries the list. */
export async function reportList(
  io: Io,
  { out, json = false }: OutputOptions & CommonOptions,
  list: GrantList,
  more: { readonly lines?: readonly string[]; readonly fields?: Answer } = {},
): Promise<void> {
  if (out === '-') return
  const lines = [
    `List ${list.seq} of ${kidOf({ verifyingKey: list.owner })}: ${people(list)}`,
    ...(more.lines ?? []),
  ]
  const answer = { out: out ?? null, ...listAnswer(list), ...more.fields }
  await finish(io, { json }, { text: `${lines.join('\n')}\n`, answer })
}

function people({ recipientCount }: GrantList): string {
  if (recipientCount === 0) return 'nobody'
  return recipientCount === 1 ? 'one recipient' : `${recipientCount} recipients`
}

/** Everything that a list shows to anybody. */
export function listAnswer(list: GrantList): Answer {
  const { packageId, version, payloadCid, seq, previousCid, notBeforeMs, notAfterMs, purposes } = list
  return {
    owner: kidOf({ verifyingKey: list.owner }),
    ...{ package_id: encodeHex(packageId), version, payload_cid: payloadCid, seq },
    ...{ list_cid: grantListCid(list.bytes), previous_cid: previousCid },
    ...{ recipients: list.recipientCount, earlier_versions: earlierIn(list) },
    ...{ not_before_ms: notBeforeMs, not_after_ms: notAfterMs, purposes: [...purposes] },
  }
}

/** The versions before its own that whoever opens the list may read. */
export function earlierIn({ history }: GrantList): readonly number[] {
  return history.flatMap(({ version, sealedKey }) => (sealedKey === null ? [] : [version]))
}
