/** What a clinic answers about break-glass, as docs/spec/clinic-api.md says. Nothing of it is believed before it is checked. */
import type { ShownEvent } from '@chartseal/clinic/break-glass'
import { decodeBase64Url } from '@chartseal/core/encoding'
import type { JsonObject } from '@chartseal/core/json'
import { requireGrowing } from '../api/answers.js'

/** A set as the clinic lists it; `statement` says the same, signed by its owner. */
export interface ListedSet {
  readonly position: number
  readonly statement: Uint8Array
  /** The record has another payload since; `null` where the clinic does not have the record. */
  readonly isStale: boolean | null
}

/** How long the last rehearsal took from asking to opening. */
export interface LastDrill {
  readonly atMs: number
  readonly minutes: number
}

export interface SetWithShare extends ListedSet {
  /** The sealed share of this device; `null` when it has none. */
  readonly share: Uint8Array | null
}

/** A request as the clinic shows it. */
export interface ShownRequest {
  readonly id: string
  readonly set: Uint8Array
  readonly events: readonly ShownEvent[]
  /** Whether the owner has encrypted the record anew since; `null` where the clinic does not have it. */
  readonly isRekeyed: boolean | null
  readonly hasNewerSet: boolean
}

export interface GivenShares {
  readonly request: ShownRequest
  readonly shares: readonly { readonly kid: string; readonly sealed: Uint8Array }[]
}

export interface ListedPage<Row, Place = number> {
  readonly rows: readonly Row[]
  readonly more: boolean
  /** Ids of those that the clinic cannot read any more. */
  readonly broken: readonly string[]
  /** Where the next page begins: the position of the last one, damaged or not. */
  readonly last: Place
}

/** @throws ChartsealError `console/bad-answer` unless positions grow */
function listedPage<Row>(
  json: JsonObject,
  { after, rows }: { readonly after: number; readonly rows: readonly Row[] },
  positions: readonly number[],
): ListedPage<Row> {
  const broken = json.objects('broken')
  const damaged = broken.map(one => one.count('position'))
  for (const some of [positions, damaged]) requireGrowing([after, ...some], 'position')
  const last = Math.max(after, ...positions, ...damaged)
  return { rows, more: json.boolean('more'), broken: broken.map(one => one.text('id')), last }
}

const bytesIn = (json: JsonObject, field: string): Uint8Array => decodeBase64Url(json.text(field))

const flagIn = (json: JsonObject, field: string): boolean | null =>
  json.has(field) ? json.boolean(field) : null

/** @throws ChartsealError `console/bad-answer` unless positions grow */
export function readSets(
  json: JsonObject,
  after: number,
): ListedPage<ListedSet> & { readonly lastDrill: LastDrill | null } {
  const rows = json.objects('sets').map(readSet)
  const positions = rows.map(({ position }) => position)
  const drill = json.has('last_drill') ? json.object('last_drill') : null
  const minutes = drill?.raw('minutes_to_open')
  const lastDrill =
    drill !== null && typeof minutes === 'number' ? { atMs: drill.count('at_ms'), minutes } : null
  return { ...listedPage(json, { after, rows }, positions), lastDrill }
}

const readSet = (json: JsonObject): ListedSet => ({
  position: json.count('position'),
  statement: bytesIn(json, 'set'),
  isStale: flagIn(json, 'stale'),
})

export const readSetWithShare = (json: JsonObject): SetWithShare => ({
  ...readSet(json),
  share: json.has('share') ? bytesIn(json, 'share') : null,
})

/** A request in the queue: enough to know whether anything came since it was followed. */
export interface QueuedRequest extends Pick<ShownRequest, 'id' | 'isRekeyed' | 'hasNewerSet'> {
  /** The hash of its newest event. */
  readonly newest: Uint8Array
}

/** @throws ChartsealError `console/bad-answer` unless positions grow */
export function readQueue(json: JsonObject, after: number): ListedPage<QueuedRequest> {
  const found = json.objects('requests')
  const positions = found.map(one => one.count('position'))
  return listedPage(json, { after, rows: found.map(readQueued) }, positions)
}

const readQueued = (json: JsonObject): QueuedRequest => ({
  id: json.text('id'),
  newest: bytesIn(json, 'newest'),
  ...aboutRecord(json),
})

/** What the owner has done since. */
const aboutRecord = (json: JsonObject) => ({
  isRekeyed: flagIn(json, 'rekeyed'),
  hasNewerSet: json.boolean('newer_set'),
})

export const readRequest = (json: JsonObject): ShownRequest => ({
  id: json.text('id'),
  set: bytesIn(json, 'set_statement'),
  events: json.objects('events').map(event => ({
    bytes: bytesIn(event, 'statement'),
    entry: bytesIn(event, 'entry'),
    salt: bytesIn(event, 'salt'),
    receipt: event.has('receipt') ? event.text('receipt') : null,
  })),
  ...aboutRecord(json),
})

export const readGiven = (json: JsonObject): GivenShares => ({
  request: readRequest(json),
  shares: json.objects('shares').map(one => ({ kid: one.text('kid'), sealed: bytesIn(one, 'share') })),
})

/** Signed keys of those who can be custodians. */
export const readKeys = (json: JsonObject): ListedPage<Uint8Array, string> => {
  const found = json.objects('keys')
  return {
    rows: found.map(one => bytesIn(one, 'key')),
    more: json.boolean('more'),
    broken: [],
    last: found.at(-1)?.text('kid') ?? '',
  }
}
