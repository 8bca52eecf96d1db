/** The staff of the clinic as this device believes it: the first list that it saw, and each one that follows from it. */
import { parseRoster, type Roster, rosterDigest } from '@chartseal/clinic/roster'
import { equal } from '@chartseal/core/bytes'
import { consoleError } from '../errors.js'
import type { Unlocked } from '../pairs/pairs.js'
import type { EmergencyApi } from './api.js'
import { readRosterText, writeRosterText } from './rows.js'

export interface KnownRoster {
  readonly roster: Roster
  /** Base64url of the SHA-256 of its text: what people compare. */
  readonly digest: string
}

/** `next`: the clinic shows another list, which a person takes or not; `null` when it shows the one that is believed. */
export interface RosterView {
  readonly believed: KnownRoster
  readonly next: (KnownRoster & { readonly text: Uint8Array }) | null
}

/**
 * The first list is taken as it comes, as the key of the log is; another one is shown, and waits for a person.
 * @returns `null` where the clinic has none yet
 * @throws ChartsealError `console/offline`, `console/refused`, `roster/invalid`, `console/bad-answer` for that of another clinic
 */
export async function lookAtRoster(
  unlocked: Unlocked,
  api: Pick<EmergencyApi, 'roster'>,
  origin: string,
): Promise<RosterView | null> {
  const shown = await api.roster()
  const text = await readRosterText(unlocked)
  if (shown === null) return text === null ? null : { believed: known(text), next: null }
  if (parseRoster(shown.text).origin !== origin) throw consoleError('console/bad-answer', { field: 'roster' })
  if (text === null) {
    await writeRosterText(unlocked, shown.text)
    return { believed: known(shown.text), next: null }
  }
  const next = equal(text, shown.text) ? null : { ...known(shown.text), text: shown.text }
  return { believed: known(text), next }
}

/** A person has compared it with an officer. */
export const takeRoster = (unlocked: Unlocked, { text }: { readonly text: Uint8Array }): Promise<void> =>
  writeRosterText(unlocked, text)

const known = (text: Uint8Array): KnownRoster => ({ roster: parseRoster(text), digest: rosterDigest(text) })
