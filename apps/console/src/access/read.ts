/** Who opened what: the entries in which this device is a party, each with a receipt that is checked here. */
import { type AccessEntry, openAccessEntry } from '@chartseal/audit/access'
import { equal } from '@chartseal/core/bytes'
import { ChartsealError } from '@chartseal/core/errors'
import { type NoteVerifier, type Policy, parseVerifierKey, plainText } from '@chartseal/tlog'
import { type ListedEntry, requireGrowing } from '../api/answers.js'
import type { ClinicApi } from '../api/client.js'
import type { PinnedClinic } from '../device/device-row.js'
import { isWitnessed, policyOfText, type Witnesses, witnessesOf } from './witnesses.js'

/**
 * `proven`: in the log under the clinic's key. `unwitnessed`: the same, and too few witnesses confirm it. `waiting`: the log
 * publishes it soon. `false`: do not believe it.
 */
export type Verdict =
  | {
      readonly kind: 'proven' | 'unwitnessed'
      readonly atMs: number
      readonly entry: AccessEntry
      readonly witnesses: Witnesses
    }
  | { readonly kind: 'waiting' }
  | { readonly kind: 'false'; readonly code: string }

export interface CheckedEntry {
  readonly index: number
  readonly verdict: Verdict
  /** For whoever wants to check it elsewhere; `null` while waiting. */
  readonly receipt: string | null
}

/** Whom this device believes. */
export interface AccessTrust {
  /** The key of the log, and those of logs that the clinic had before. */
  readonly log: readonly NoteVerifier[]
  readonly first: Policy | null
  readonly today: Policy | null
}

/**
 * The keys of the log that a person has seen, and its witnesses, as they were then and as the clinic names them today.
 * @throws ChartsealError `note/bad-key`
 */
export function trustOf({ log, formerKeys }: PinnedClinic, today: string | null): AccessTrust {
  return {
    log: [log.verifierKey, ...formerKeys].map(parseVerifierKey),
    first: policyOfText(log.policy),
    today: today === log.policy ? null : policyOfText(today),
  }
}

/** One entry, checked. @throws ChartsealError `console/offline`, `console/refused` */
export async function checkEntry(
  api: Pick<ClinicApi, 'receipt'>,
  { index, id, salt, entry }: ListedEntry,
  trust: AccessTrust,
): Promise<CheckedEntry> {
  const receipt = await api.receipt(id)
  if (receipt === null) return { index, verdict: { kind: 'waiting' }, receipt }
  return { index, verdict: verdictOf(index, receipt, salt, entry, trust), receipt }
}

function verdictOf(
  index: number,
  receipt: string,
  salt: Uint8Array,
  entry: Uint8Array,
  trust: AccessTrust,
): Verdict {
  try {
    const proven = openAccessEntry({ receipt, salt, entry }, { log: trust.log })
    if (proven.index !== index) return { kind: 'false', code: 'audit/bad-receipt' }
    const witnesses = witnessesOf(plainText(receipt), trust)
    const kind = isWitnessed(witnesses) ? 'proven' : 'unwitnessed'
    return { kind, atMs: proven.leaf.atMs, entry: proven.entry, witnesses }
  } catch (error) {
    if (!(error instanceof ChartsealError)) throw error
    return { kind: 'false', code: error.code }
  }
}

/** What was checked so far, the newest first: of so many that are to be checked now, of so many that there are. */
export interface CheckedSoFar {
  readonly entries: readonly CheckedEntry[]
  readonly due: number
  readonly total: number
}

/** The newest entries, checked a few at a time; `seen` is told as they come. */
export async function readAccesses(
  api: Pick<ClinicApi, 'entries' | 'receipt'>,
  trust: AccessTrust,
  seen: (checked: CheckedSoFar) => void,
  { proven = new Map(), atMost }: { readonly proven?: ProvenEntries; readonly atMost: number },
): Promise<void> {
  const all = await listAll(api)
  const newest = all.toReversed().slice(0, atMost)
  const checked: CheckedEntry[] = []
  const check = (one: ListedEntry): Promise<CheckedEntry> => checkOnce(api, one, trust, proven)
  const tell = (): void => seen({ entries: [...checked], due: newest.length, total: all.length })
  tell()
  for (let at = 0; at < newest.length; at += together) {
    checked.push(...(await Promise.all(newest.slice(at, at + together).map(check))))
    tell()
  }
}

/** What was proven before, by its index: a receipt is good for ever. */
export type ProvenEntries = Map<number, { readonly listed: ListedEntry; readonly checked: CheckedEntry }>

async function checkOnce(
  api: Pick<ClinicApi, 'receipt'>,
  listed: ListedEntry,
  trust: AccessTrust,
  proven: ProvenEntries,
): Promise<CheckedEntry> {
  const before = proven.get(listed.index)
  const isSame =
    before !== undefined && equal(before.listed.salt, listed.salt) && equal(before.listed.entry, listed.entry)
  if (isSame) return before.checked
  const checked = await checkEntry(api, listed, trust)
  if (checked.verdict.kind === 'proven') proven.set(listed.index, { listed, checked })
  return checked
}

const together = 4

/** @throws ChartsealError `console/bad-answer` unless indexes grow */
async function listAll(api: Pick<ClinicApi, 'entries'>): Promise<readonly ListedEntry[]> {
  const all: ListedEntry[] = []
  for (let after: number | null = null; ; ) {
    const { entries, last, more } = await api.entries(after)
    requireGrowing([after ?? -1, ...entries.map(({ index }) => index)], 'index')
    if (last !== null) requireGrowing([after ?? -1, last], 'index')
    all.push(...entries)
    if (!more || last === null) return all
    after = last
  }
}
