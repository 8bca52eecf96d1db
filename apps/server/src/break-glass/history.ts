/** A request as the store has it, judged anew from its statements. */
import {
  applyEvent,
  type EmergencyEvent,
  type EmergencyRequest,
  type EmergencySet,
  type EmergencyState,
  markWitnessed,
  type Parcel,
  parseEmergencyEvent,
  parseReleaseParcel,
  parseSetParcel,
  type SealedShare,
  type Standing,
  type Statement,
  startEmergency,
} from '@chartseal/clinic/break-glass'
import { rosterRoles } from '@chartseal/clinic/roster'
import type { Opening, Store, StoredEmergency, StoredEmergencyEvent, StoredEmergencySet } from '../store.js'
import type { Covered } from './witnessed.js'

/** One event as it is kept, read, and with what opens its entry. */
export interface KeptEvent {
  readonly row: StoredEmergencyEvent
  readonly event: Statement<EmergencyEvent>
  /** Of a release; nobody is given it but the requester, at opening. */
  readonly share: SealedShare | null
  readonly opening: Opening
}

export interface Kept {
  readonly row: StoredEmergency
  readonly set: StoredEmergencySet
  readonly parcel: Parcel<EmergencySet>
  readonly events: readonly KeptEvent[]
  readonly state: EmergencyState
  /** Whether the newest event is cosigned by as many as the set asks for. */
  readonly isPublished: boolean
}

/** Statements never change, and checking a signature takes a millisecond. */
const mostEvents = 5_000
/** One may have 50 kB. */
const mostSets = 500

export class Statements {
  readonly #sets = new Map<string, Parcel<EmergencySet>>()
  readonly #events = new Map<string, Pick<KeptEvent, 'event' | 'share'>>()

  set({ hash, bytes }: Pick<StoredEmergencySet, 'hash' | 'bytes'>): Parcel<EmergencySet> {
    return kept(this.#sets, mostSets, hash, () => parseSetParcel(bytes))
  }

  event({
    hash,
    bytes,
    kind,
  }: Pick<StoredEmergencyEvent, 'hash' | 'bytes' | 'kind'>): Pick<KeptEvent, 'event' | 'share'> {
    return kept(this.#events, mostEvents, hash, () => readEvent(kind, bytes))
  }
}

function kept<Value>(known: Map<string, Value>, most: number, hash: string, read: () => Value): Value {
  const found = known.get(hash) ?? read()
  known.delete(hash)
  const [oldest] = known.keys()
  if (known.size >= most && oldest !== undefined) known.delete(oldest)
  known.set(hash, found)
  return found
}

/** A release comes with its share. @throws ChartsealError `break-glass/…` */
export function readEvent(kind: string, bytes: Uint8Array): Pick<KeptEvent, 'event' | 'share'> {
  if (kind !== 'release') return { event: parseEmergencyEvent(bytes), share: null }
  const { statement, shares } = parseReleaseParcel(bytes)
  return { event: statement, share: shares[0] ?? null }
}

export function standingThen({
  role,
  isOfficer,
}: Pick<StoredEmergencyEvent, 'role' | 'isOfficer'>): Standing {
  return { role: rosterRoles.find(known => known === role) ?? null, isOfficer }
}

/** Everything of one request. */
export async function keptEmergency(
  store: Pick<Store, 'breakGlass' | 'openings'>,
  statements: Statements,
  row: StoredEmergency,
  covered: Covered,
): Promise<Kept> {
  const set = await store.breakGlass.findSet(row.set)
  if (set === null) throw new Error('internal: a request without its set')
  const parcel = statements.set(set)
  const events: KeptEvent[] = []
  for (const one of await store.breakGlass.events(row.id)) {
    const opening = await store.openings.find(one.opening)
    if (opening === null) throw new Error('internal: an event without the opening of its entry')
    events.push({ row: one, ...statements.event(one), opening })
  }
  const needed = parcel.statement.content.policy.witnesses
  const isCovered = ({ opening }: KeptEvent): boolean =>
    opening.leafIndex < covered.size && covered.cosignatures >= needed
  const state = stateOf(parcel.statement, events, isCovered)
  const newest = events.at(-1)
  return { row, set, parcel, events, state, isPublished: newest !== undefined && isCovered(newest) }
}

/** Each was judged when it was taken, with what was known then; the same facts give the same state. */
function stateOf(
  set: Statement<EmergencySet>,
  events: readonly KeptEvent[],
  isCovered: (event: KeptEvent) => boolean,
): EmergencyState {
  const [first, ...others] = events
  if (first === undefined) throw new Error('internal: a request without its first event')
  const { content } = first.event
  if (content.kind !== 'request') throw new Error('internal: a request whose first event is another')
  // Not read anew: the queue has many, and a signature takes a millisecond.
  const request: Statement<EmergencyRequest> = { ...first.event, content }
  const facts = ({ row }: KeptEvent) => ({ nowMs: row.nowMs, standing: standingThen(row) })
  const started = startEmergency(set, request, facts(first))
  // What came behind it was taken because it was.
  const begun = others.length > 0 || isCovered(first) ? markWitnessed(started, request.hash) : started
  return others.reduce((state, one) => {
    const next = applyEvent(state, one.event, facts(one))
    return isCovered(one) ? markWitnessed(next, one.event.hash) : next
  }, begun)
}
