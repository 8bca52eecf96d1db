/** Who opened what: the entries in which this device is a party, each with a receipt that is checked here. */
import { type AccessEntry, openAccessEntry } from '@chartseal/audit/access'
import { equal } from '@chartseal/core/bytes'
import { ChartsealError } from '@chartseal/core/errors'
import { type Policy, parsePolicy, parseVerifierKey, type Trust } from '@chartseal/tlog'
import { type ListedEntry, requireGrowing } from '../api/answers.js'
import type { ClinicApi } from '../api/client.js'
import type { PinnedClinic } from '../device/device-row.js'

/** `proven`: in the log under the clinic's key. `waiting`: the log publishes it soon. `false`: do not believe it. */
export type Verdict =
  | {
      readonly kind: 'proven'
      readonly atMs: number
      readonly entry: AccessEntry
      readonly witnesses: number
    }
  | { readonly kind: 'waiting' }
  | { readonly kind: 'false'; readonly code: string }

export interface CheckedEntry {
  readonly index: number
  readonly verdict: Verdict
  /** For whoever wants to check it elsewhere; `null` while waiting. */
  readonly receipt: string | null
}

/** The key of the log as it was at the first contact, and its witnesses. @throws ChartsealError `note/bad-key`, `tlog/…` */
export function trustOf({ log }: PinnedClinic): Trust {
  const verifier = parseVerifierKey(log.verifierKey)
  return log.policy === null ? { log: verifier } : { log: verifier, policy: policyOfText(log.policy) }
}

// The page shows how many witnesses there were; which policy is wise is for who runs the clinic.
const policyOfText = (text: string): Policy => parsePolicy(text, { allowWeak: true })

/** One entry, checked. @throws ChartsealError `console/offline`, `console/refused` */
export async function checkEntry(
  api: Pick<ClinicApi, 'receipt'>,
  { index, id, salt, entry }: ListedEntry,
  trust: Trust,
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
  trust: Trust,
): Verdict {
  try {
    const proven = openAccessEntry({ receipt, salt, entry }, trust)
    if (proven.index !== index) return { kind: 'false', code: 'audit/bad-receipt' }
    const { leaf, checkpoint } = proven
    return { kind: 'proven', atMs: leaf.atMs, entry: proven.entry, witnesses: checkpoint.witnesses.length }
  } catch (error) {
    if (!(error instanceof ChartsealError)) throw error
    return { kind: 'false', code: error.code }
  }
}

/** All entries, the newest first, checked a few at a time; `seen` is told as they come. */
export async function readAccesses(
  api: Pick<ClinicApi, 'entries' | 'receipt'>,
  trust: Trust,
  seen: (entries: readonly CheckedEntry[]) => void,
  proven: ProvenEntries = new Map(),
): Promise<void> {
  const newest = (await listAll(api)).toReversed().slice(0, maxShown)
  const checked: CheckedEntry[] = []
  const check = (one: ListedEntry): Promise<CheckedEntry> => checkOnce(api, one, trust, proven)
  for (let at = 0; at < newest.length; at += together) {
    checked.push(...(await Promise.all(newest.slice(at, at + together).map(check))))
    seen([...checked])
  }
  if (newest.length === 0) seen([])
}

/** What was proven before, by its index: a receipt is good for ever. */
export type ProvenEntries = Map<number, { readonly listed: ListedEntry; readonly checked: CheckedEntry }>

async function checkOnce(
  api: Pick<ClinicApi, 'receipt'>,
  listed: ListedEntry,
  trust: Trust,
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
const maxShown = 200

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
