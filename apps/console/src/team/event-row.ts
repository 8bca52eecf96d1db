/** What a care team's thread shows, as this device keeps it: one row each, sealed as messages are, and one more for a file. */
import { CborFields } from '@chartseal/core/cbor'
import { decodeCbor, encodeCbor } from '@chartseal/core/encoding'
import type { Clock, Random } from '@chartseal/core/ports'
import { rowMark, rowTime } from '../store/row-time.js'
import { refuseNewer } from '../store/row-version.js'

const version = 1
const fields = [
  ...['v', 'kind', 'name', 'names', 'text', 'type', 'file', 'size'],
  ...['at', 'own', 'missing', 'earlier', 'late', 'code', 'to'],
]

/**
 * `said`: a text or a file. `came`: this side was added. `out`: it was removed. `refused`: something came that is not as it
 * must be. The others are of people that came or went, by the keeper's word.
 */
const teamEventKinds = [
  'said',
  'began',
  'came',
  'added',
  'removed',
  'left',
  'own-left',
  'out',
  'ended',
  'renewed',
  'refused',
] as const
export type TeamEventKind = (typeof teamEventKinds)[number]

export interface TeamEventRow {
  readonly key: string
  readonly kind: TeamEventKind
  /** Who speaks, or whom it is about; empty for this side. */
  readonly name: string
  /** Whom else it is about; of `said`: who had been removed and could open it. */
  readonly names: readonly string[]
  readonly text: string
  readonly mediaType: string
  /** Empty unless it is a file. */
  readonly fileName: string
  readonly sizeBytes: number
  /** By the sender's clock. */
  readonly atMs: number
  readonly own: boolean
  /** How many messages of the same sender before it are not here. */
  readonly missing: number
  /** They may be of before this side was added. */
  readonly isEarlier: boolean
  /** It came after later ones. */
  readonly isLate: boolean
  /** Of `refused`. */
  readonly code: string
  /** Of one's own: for how many people copies were made. */
  readonly to: number
}

const maxNames = 4_096
const maxNameBytes = 1_024

export const noEvent = {
  name: '',
  names: [],
  text: '',
  mediaType: '',
  fileName: '',
  sizeBytes: 0,
  own: false,
  missing: 0,
  isEarlier: false,
  isLate: false,
  code: '',
  to: 0,
} as const

export const eventsOf = (ref: string): string => `team-event/${ref}/`
export const unreadEventsOf = (ref: string): string => `team-unread/${ref}/`
export const unreadOf = (eventKey: string): string => eventKey.replace(/^team-event\//, 'team-unread/')
export const teamFileOf = (eventKey: string): string => eventKey.replace(/^team-event\//, 'team-file/')
/** What stands at the end of the rows that belong to one event. */
export const placeIn = (key: string): string => key.split('/').at(-1) ?? ''

/** Rows sort by the time at which they came here, those of one moment in their order. */
export function newEventKey(ref: string, world: { clock: Clock; random: Random }, order = 0): string {
  return `${eventsOf(ref)}${rowTime(world)}-${String(order).padStart(4, '0')}${rowMark(world)}`
}

export function eventRow(row: TeamEventRow): readonly [key: string, bytes: Uint8Array] {
  const bytes = encodeCbor({
    v: version,
    kind: row.kind,
    name: row.name,
    names: [...row.names],
    text: row.text,
    type: row.mediaType,
    file: row.fileName,
    size: row.sizeBytes,
    at: row.atMs,
    own: row.own ? 1 : 0,
    missing: row.missing,
    earlier: row.isEarlier ? 1 : 0,
    late: row.isLate ? 1 : 0,
    code: row.code,
    to: row.to,
  })
  return [row.key, bytes]
}

/** @throws ChartsealError `cbor/invalid`, `console/newer-page` */
export function decodeEvent(key: string, bytes: Uint8Array): TeamEventRow {
  const map = new CborFields(refuseNewer(decodeCbor(bytes), version), fields)
  map.count('v', version, version)
  const kind = map.text('kind')
  return {
    key,
    kind: teamEventKinds.find(one => one === kind) ?? 'refused',
    name: map.text('name'),
    names: map.texts('names', maxNames, maxNameBytes),
    text: map.text('text'),
    mediaType: map.text('type'),
    fileName: map.text('file'),
    sizeBytes: map.count('size'),
    atMs: map.count('at'),
    own: map.count('own', 1) === 1,
    missing: map.count('missing'),
    isEarlier: map.count('earlier', 1) === 1,
    isLate: map.count('late', 1) === 1,
    code: map.text('code'),
    to: map.count('to'),
  }
}
