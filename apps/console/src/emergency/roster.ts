/** The staff of the clinic as this device believes it: the first list that it saw, and each one that follows from it. */
import { checkNextRoster, parseRoster, type Roster, rosterDigest } from '@chartseal/clinic/roster'
import { thumbprintOf } from '@chartseal/clinic/signed-request'
import { equal } from '@chartseal/core/bytes'
import { ChartsealError } from '@chartseal/core/errors'
import { consoleError } from '../errors.js'
import type { Unlocked } from '../pairs/pairs.js'
import type { EmergencyApi } from './api.js'
import { readRosterText, writeRosterText } from './rows.js'

export interface KnownRoster {
  readonly roster: Roster
  /** Base64url of the SHA-256 of its text: what people compare. */
  readonly digest: string
}

/** `next`: another list that does not follow from the one that is believed; a person takes it or not. */
export interface RosterView {
  readonly believed: KnownRoster
  readonly next: (KnownRoster & { readonly text: Uint8Array }) | null
}

type RosterApi = Pick<EmergencyApi, 'roster' | 'identity'>

/** A list changes a few times a year: whoever was away longer compares it by hand. */
const mostFollowed = 200

/**
 * The first list is taken as it comes, as the key of the log is. One that officers of the one before have signed, each in
 * turn, is taken, too; any other one waits for a person.
 * @returns `null` where the clinic has none yet
 * @throws ChartsealError `console/offline`, `console/refused`, `roster/invalid`, `console/bad-answer` for that of another clinic
 */
export function lookAtRoster(unlocked: Unlocked, api: RosterApi, origin: string): Promise<RosterView | null> {
  return unlocked.locks('chartseal/emergency-roster', async () => {
    const [shown, text] = [await api.roster(), await readRosterText(unlocked)]
    if (shown === null) return text === null ? null : { believed: known(text), next: null }
    if (parseRoster(shown.text).origin !== origin)
      throw consoleError('console/bad-answer', { field: 'roster' })
    const believed =
      text === null ? shown.text : await followed(api, text, parseRoster(shown.text).seq, origin)
    if (text === null || !equal(text, believed)) await writeRosterText(unlocked, believed)
    const isNext = !equal(believed, shown.text)
    return { believed: known(believed), next: isNext ? { ...known(shown.text), text: shown.text } : null }
  })
}

/** The last list that follows from the one that is believed, one by one. */
async function followed(
  api: RosterApi,
  from: Uint8Array,
  toSeq: number,
  origin: string,
): Promise<Uint8Array> {
  let latest = from
  const first = parseRoster(from).seq + 1
  for (let seq = first; seq <= Math.min(toSeq, first + mostFollowed); seq++) {
    const next = await api.roster(seq)
    if (next === null) return latest
    try {
      const keyOf = (kid: string): Promise<Uint8Array | null> => keyIn(api, kid)
      await checkNextRoster(next.text, next.signatures, { origin, latest, keyOf })
    } catch (error) {
      if (error instanceof ChartsealError && error.code.startsWith('roster/')) return latest
      throw error
    }
    latest = next.text
  }
  return latest
}

/** A name is the thumbprint of its key: whoever gives another key is not believed. */
async function keyIn(api: Pick<EmergencyApi, 'identity'>, kid: string): Promise<Uint8Array | null> {
  const identity = await api.identity(kid)
  return identity !== null && thumbprintOf(identity) === kid ? identity : null
}

/** The list as this device believes it, without asking the clinic; `null` before it saw one. */
export async function believedRoster(unlocked: Unlocked): Promise<Roster | null> {
  const text = await readRosterText(unlocked)
  return text === null ? null : parseRoster(text)
}

/** A person has compared it with an officer. */
export const takeRoster = (unlocked: Unlocked, { text }: { readonly text: Uint8Array }): Promise<void> =>
  writeRosterText(unlocked, text)

const known = (text: Uint8Array): KnownRoster => ({ roster: parseRoster(text), digest: rosterDigest(text) })
