/** What the clinic's log has of break-glass: an entry of each set and event, each with the hash of what came before. */
import { type AccessAct, type AccessEntry, encodeAccessEntry } from '@chartseal/audit/access'
import { encodeBase64Url } from '@chartseal/core/encoding'
import type { EmergencyEvent, EmergencyRequest, EmergencySet, Statement } from './statements.js'

const actOfEvent: { readonly [Kind in EmergencyEvent['kind']]: AccessAct } = {
  request: 'break-glass-asked',
  release: 'break-glass-released',
  denial: 'break-glass-denied',
  opened: 'break-glass-opened',
  closed: 'break-glass-closed',
  reviewed: 'break-glass-reviewed',
}

/** The entry of a new set; the patient's device is its `device`. */
export function setEntry({ content, by, hash }: Statement<EmergencySet>): AccessEntry {
  const ids = [encodeBase64Url(content.id), encodeBase64Url(hash)]
  return { act: 'break-glass-set', by, box: '', ids, device: content.patient }
}

/** Of which request an event is, and what came before it. */
export interface EventPlace {
  readonly set: Statement<EmergencySet>
  readonly request: Statement<EmergencyRequest>
  /** The hash of the event before, 32 bytes; for a request that of its set. */
  readonly previous: Uint8Array
  /** When the clinic took it: `TakenEvent.atMs`. */
  readonly atMs: number
  /** Whether the clinic's roster named who signed it an officer: a denial of one is a veto while the waiting time runs. */
  readonly isOfficer?: boolean
}

/** Behind the time of a denial that an officer signed. Who reads it later has another roster. */
export const officerMark = 'officer'

/**
 * The entry of an event: `ids` are the request, the hash of the event, that of the one before, the time in decimal, and
 * {@link officerMark} for the denial of an officer.
 */
export function eventEntry(
  { content, by, hash }: Statement<EmergencyEvent>,
  { set, request, previous, atMs, isOfficer = false }: EventPlace,
): AccessEntry {
  const ids = [
    ...[encodeBase64Url(request.content.id), encodeBase64Url(hash), encodeBase64Url(previous)],
    String(atMs),
    ...(isOfficer && content.kind === 'denial' ? [officerMark] : []),
  ]
  const { patient } = set.content
  return {
    ...{ act: actOfEvent[content.kind], by, box: '', ids, device: patient },
    purpose: request.content.reason,
  }
}

/** {@link eventEntry} as the bytes that a salt and a commitment stand for. */
export function eventEntryBytes(event: Statement<EmergencyEvent>, place: EventPlace): Uint8Array {
  return encodeAccessEntry(eventEntry(event, place))
}
