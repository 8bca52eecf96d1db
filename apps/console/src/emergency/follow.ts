/** A request as this device believes it: followed from its set to its newest event, against what was pinned here. */
import { type EmergencyState, newestOf, replayEmergency } from '@chartseal/clinic/break-glass'
import { equal } from '@chartseal/core/bytes'
import { encodeBase64Url } from '@chartseal/core/encoding'
import { type NoteVerifier, type Policy, parseProof, parseVerifierKey, plainText } from '@chartseal/tlog'
import { policyOfText } from '../access/witnesses.js'
import type { PinnedClinic } from '../device/device-row.js'
import { consoleError } from '../errors.js'
import type { ShownRequest } from './answers.js'
import type { SeenRow } from './rows.js'

/** Whom this device believes: the clinic, its log, and the witnesses that it was told of first, or that a person took. */
export interface EmergencyTrust {
  readonly origin: string
  readonly log: readonly NoteVerifier[]
  /** Its quorum must have cosigned, and as many as the set asks for. */
  readonly policy: Policy
}

const noWitnesses: Policy = { logs: [], witnesses: [], quorum: null }

/** @throws ChartsealError `note/bad-key` */
export function emergencyTrust({ origin, log, formerKeys }: PinnedClinic): EmergencyTrust {
  return {
    origin,
    log: [log.verifierKey, ...formerKeys].map(parseVerifierKey),
    policy: policyOfText(log.policy) ?? noWitnesses,
  }
}

export interface Followed {
  readonly id: string
  readonly state: EmergencyState
  /** Where the log has each event; `null` before its receipt. */
  readonly indexes: readonly (number | null)[]
  readonly isRekeyed: boolean | null
  readonly hasNewerSet: boolean
}

/**
 * @param id that was asked for
 * @throws ChartsealError `break-glass/…`, `console/bad-answer` for another request
 */
export function followed(id: string, shown: ShownRequest, trust: EmergencyTrust): Followed {
  const state = replayEmergency(shown.set, shown.events, trust)
  if (encodeBase64Url(state.request.content.id) !== id)
    throw consoleError('console/bad-answer', { field: 'id' })
  const indexes = shown.events.map(({ receipt }) =>
    receipt === null ? null : parseProof(plainText(receipt)).index,
  )
  return { id, state, indexes, isRekeyed: shown.isRekeyed, hasNewerSet: shown.hasNewerSet }
}

/** Followed to its end before, with nothing to come: what the clinic says of its newest event is all that is asked. */
export function isFollowed({ state: { events } }: Followed, newest: Uint8Array): boolean {
  const last = events.at(-1)
  return (
    last !== undefined && equal(last.event.hash, newest) && events.every(({ isWitnessed }) => isWitnessed)
  )
}

/**
 * What was seen once is seen again: events neither go nor change.
 * @throws ChartsealError `console/emergency-cut`
 */
export function requireGrown({ state: { events } }: Followed, seen: SeenRow | undefined): void {
  if (seen === undefined || seen.count === 0) return
  const then = events[seen.count - 1]
  if (then === undefined || !equal(then.event.hash, seen.newest))
    throw consoleError('console/emergency-cut', {})
}

/** What is kept of a request as it is now. */
export const seenOf = ({ id, state }: Followed, isTold: boolean): SeenRow => ({
  id,
  count: state.events.length,
  newest: newestOf(state).event.hash,
  about: state.set.content.about,
  isTold,
})
