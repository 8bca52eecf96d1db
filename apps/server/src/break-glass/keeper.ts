/**
 * Break-glass at the server: what was signed is judged, kept where nobody sees it, put into the log, and seen only then.
 * The server has no key of any of it. Specification: docs/spec/break-glass.md.
 */

import type { AccessEntry } from '@chartseal/audit/access'
import {
  applyEvent,
  breakGlassError,
  type EmergencyEvent,
  type EmergencySet,
  type EmergencyState,
  eventEntry,
  newestOf,
  type Parcel,
  parseEmergencyRequest,
  parseSetParcel,
  type Standing,
  type Statement,
  setEntry,
  startEmergency,
} from '@chartseal/clinic/break-glass'
import { signatureError } from '@chartseal/clinic/signed-request'
import { encodeBase64Url } from '@chartseal/core/encoding'
import type { Recorded } from '../clinic/audit-log.js'
import type { Clinic } from '../clinic/clinic.js'
import { addOpening } from '../clinic/openings.js'
import { requestError } from '../errors.js'
import type { EmergencyIntent, EmergencyMark, StoredEmergencySet, Tables } from '../store.js'
import { brokenUnlessOfMachine } from './broken.js'
import { type Kept, keptEmergency, readEvent, Statements, standingThen } from './history.js'
import { Publishing } from './publishing.js'
import { RosterBook } from './standing.js'
import { Witnessed } from './witnessed.js'

/** So many requests of one device may wait for a decision at once. */
const mostUndecided = 16
/** So many does one device ask in a day: what is in the queue stays there for ever. */
const mostAskedInDay = 200
const dayMs = 86_400_000

type Parts = Pick<Clinic, 'store' | 'writes' | 'log' | 'turns' | 'room' | 'clock' | 'origin' | 'policy'>

/** What the body of a request to the server says, and who sent it. */
export interface Given {
  /** In the path. */
  readonly id: string
  readonly bytes: Uint8Array
  /** Whose signature the request to the server has. */
  readonly by: string
}

interface Taken extends Pick<EmergencyIntent, 'about' | 'kind' | 'bytes'> {
  readonly hash: Uint8Array
  readonly standing: Standing
  readonly entry: AccessEntry
  readonly atMs: number
}

const unknown: Standing = { role: null, isOfficer: false }
/** Who lives on with the store, but may not decide any more, after a restore. */
const lastMs = Number.MAX_SAFE_INTEGER

export class BreakGlassKeeper {
  readonly rosters: RosterBook
  readonly #parts: Parts
  readonly #witnessed: Witnessed
  readonly #publishing: Publishing
  readonly #statements = new Statements()

  constructor(parts: Parts) {
    this.#parts = parts
    this.rosters = new RosterBook(parts.store)
    this.#witnessed = new Witnessed(parts)
    this.#publishing = new Publishing(parts, this.#witnessed)
  }

  /** The time that counts for a request: after a restore, none is left. */
  timeFor({ row }: Kept): number {
    return row.isVoid ? lastMs : this.#parts.clock.nowMs()
  }

  /** The set as it was put. @throws ChartsealError `emergency/broken` */
  parcelOf(set: StoredEmergencySet): Parcel<EmergencySet> {
    try {
      return this.#statements.set(set)
    } catch (error) {
      throw brokenUnlessOfMachine(error, set.id)
    }
  }

  /** Kids of everybody who may see a request. */
  async whoSees(id: string): Promise<readonly string[]> {
    const parties = await this.#parts.store.breakGlass.partiesOf(id)
    return [...new Set([...parties, ...(await this.rosters.watchers())])]
  }

  /** `null` for one that is not there. @throws ChartsealError `emergency/broken` where what is stored does not fit together */
  async find(id: string): Promise<Kept | null> {
    const { store } = this.#parts
    const row = await store.breakGlass.find(id)
    if (row === null) return null
    const covered = await this.#witnessed.covered()
    try {
      return await keptEmergency(store, this.#statements, row, covered)
    } catch (error) {
      throw brokenUnlessOfMachine(error, id)
    }
  }

  /** @throws ChartsealError `break-glass/…`, `emergency/…`, `server/log`, `server/full` */
  async putSet({ id, bytes, by }: Given): Promise<void> {
    const { store, turns, origin, clock } = this.#parts
    const { statement } = parseSetParcel(bytes)
    requireSame(statement, { id, by, origin })
    const { policy, custodians } = statement.content
    await turns.take(`emergency ${id}`, async () => {
      await this.#finishOf(id)
      const known = await store.breakGlass.findSet(id)
      if (known?.hash === encodeBase64Url(statement.hash)) return
      if (known !== null) throw requestError('emergency/conflict', {})
      this.#witnessed.require(policy.witnesses)
      for (const { kid } of custodians) await this.#requireNamed(kid)
      this.#parts.room.takeEntry(by, bytes.length)
      const { hash } = statement
      const entry = setEntry(statement)
      await this.#take({ about: id, kind: 'set', bytes, hash, standing: unknown, entry, atMs: clock.nowMs() })
    })
  }

  async #requireNamed(kid: string): Promise<void> {
    const { role, isOfficer } = await this.rosters.standingOf(kid)
    if (role === null && !isOfficer)
      throw breakGlassError('break-glass/not-rostered', { kid, needed: 'named' })
  }

  /** @throws ChartsealError `break-glass/…`, `emergency/…`, `server/log`, `server/full` */
  async ask({ id, bytes, by }: Given): Promise<Kept> {
    const { store, turns, origin, clock } = this.#parts
    const request = parseEmergencyRequest(bytes)
    requireSame(request, { id, by, origin })
    return turns.take(`emergency ${id}`, async () => {
      await this.#finishOf(id)
      const known = await this.find(id)
      if (known !== null) return requireSameFirst(known, request)
      const set = await store.breakGlass.findSetByHash(encodeBase64Url(request.content.set))
      if (set === null) throw requestError('emergency/missing', {})
      const { statement } = this.#statements.set(set)
      this.#witnessed.require(statement.content.policy.witnesses)
      const standing = await this.rosters.standingOf(by)
      const nowMs = clock.nowMs()
      const atMs = newestOf(startEmergency(statement, request, { nowMs, standing })).atMs
      const entry = eventEntry(request, { set: statement, request, previous: statement.hash, atMs })
      // In turn: many at once are no way around a limit.
      await this.#parts.turns.take(`emergencies of ${by}`, async () => {
        await this.#requireFew(by, nowMs)
        await this.#take({ about: id, kind: 'request', bytes, hash: request.hash, standing, entry, atMs })
      })
      return this.require(id)
    })
  }

  /** @throws ChartsealError `emergency/full` */
  async #requireFew(by: string, nowMs: number): Promise<void> {
    const { breakGlass } = this.#parts.store
    const isFull =
      (await breakGlass.undecided(by, nowMs)) >= mostUndecided ||
      (await breakGlass.askedSince(by, nowMs - dayMs)) >= mostAskedInDay
    if (isFull) throw requestError('emergency/full', {})
  }

  /**
   * What somebody says of a request; the same again does nothing.
   * @throws ChartsealError `break-glass/…`, `emergency/…`, `server/log`, `server/full`
   */
  async take(kind: 'release' | 'denial' | 'opened' | 'closed' | 'reviewed', given: Given): Promise<Kept> {
    const { id, bytes, by } = given
    const { event } = readEvent(kind, bytes)
    if (event.content.kind !== kind) throw breakGlassError('break-glass/invalid', { what: kind, field: 'k' })
    if (event.by !== by) throw signatureError('signature/not-allowed', {})
    return this.#parts.turns.take(`emergency ${id}`, async () => {
      await this.#finishOf(id)
      const kept = await this.require(id)
      if (kept.events.some(({ row }) => row.hash === encodeBase64Url(event.hash))) return kept
      if (kept.row.isVoid && kind !== 'reviewed' && kind !== 'closed')
        throw breakGlassError('break-glass/over', {})
      const standing = await this.rosters.standingOf(by)
      const next = applyEvent(kept.state, event, { nowMs: this.#parts.clock.nowMs(), standing })
      if (next === kept.state) return kept
      const { atMs } = newestOf(next)
      const entry = eventEntry(event, { ...placeIn(kept, atMs), isOfficer: standing.isOfficer })
      await this.#take({ about: id, kind, bytes, hash: event.hash, standing, entry, atMs })
      return this.require(id)
    })
  }

  /**
   * Opens, or opens again; resolves once its entry is cosigned, as far as witnesses answer.
   * @throws as {@link take}
   */
  async open(given: Given): Promise<Kept> {
    const kept = await this.take('opened', given)
    // It may have been opened while they were.
    if ((await this.rosters.standingOf(given.by)).role !== 'doctor')
      throw breakGlassError('break-glass/not-rostered', { kid: given.by, needed: 'a doctor' })
    if (kept.isPublished) return kept
    await this.#publishing.publish(given.id)
    return this.require(given.id)
  }

  /** @throws ChartsealError `emergency/missing` */
  async require(id: string): Promise<Kept> {
    const kept = await this.find(id)
    if (kept === null) throw requestError('emergency/missing', {})
    return kept
  }

  /** Before anything else. @throws ChartsealError `files/failed` */
  async begin(): Promise<void> {
    await this.#publishing.begin()
  }

  /** What a server that died has left between the log and the store. @throws ChartsealError `server/log`, `store/…` */
  async finishAll(): Promise<void> {
    const { store, turns } = this.#parts
    const about = new Set((await store.breakGlass.intents()).map(intent => intent.about))
    const failed: unknown[] = []
    // One that cannot be finished holds up no other.
    for (const one of about)
      await turns.take(`emergency ${one}`, () => this.#finishOf(one)).catch(error => failed.push(error))
    if (failed.length > 0) throw failed[0]
  }

  /** Asks once more for the cosignatures that somebody waits for. */
  async publishAgain(): Promise<void> {
    await this.#publishing.again()
  }

  async #finishOf(about: string): Promise<void> {
    for (const intent of await this.#parts.store.breakGlass.intents(about)) await this.#finish(intent)
  }

  /** Nobody sees it before the log has it; and once it may be in the log, it will be seen. */
  async #take({ about, kind, bytes, hash, standing, entry, atMs }: Taken): Promise<void> {
    const { log, room, writes } = this.#parts
    // The floor is kept for this: whoever fills the disk stops no emergency, nor a denial of one.
    if (kind === 'set') await room.require()
    const { role, isOfficer } = standing
    const intent: EmergencyIntent = {
      hash: encodeBase64Url(hash),
      about,
      kind,
      role: role ?? '',
      isOfficer,
      bytes,
      ...log.prepare(entry),
      nowMs: atMs,
    }
    await writes.commit(tables => tables.breakGlass.intend(intent))
    await this.#finish(intent)
  }

  async #finish(intent: EmergencyIntent): Promise<void> {
    const { log, writes } = this.#parts
    const recorded = await log.recordPrepared(intent)
    const { store, parties } = await this.#storing(intent, recorded)
    await writes.commit(async tables => {
      await addOpening(tables, recorded, parties)
      await store(tables)
      await tables.breakGlass.dropIntent(intent.hash)
    })
    if (intent.kind !== 'set') await this.#publishing.publish(intent.about)
  }

  async #storing(intent: EmergencyIntent, recorded: Recorded): Promise<Storing> {
    if (intent.kind === 'set') return storingSet(intent)
    const isRequest = intent.kind === 'request'
    const kept = isRequest ? null : await this.require(intent.about)
    const set = kept?.set ?? (await this.#setOf(intent))
    const { content } = this.#statements.set(set).statement
    const requester = kept?.row.requester ?? parseEmergencyRequest(intent.bytes).by
    const own = [requester, set.owner, set.patient, ...content.custodians.map(({ kid }) => kid)]
    const parties = [...new Set(own.filter(kid => kid !== ''))]
    const watchers = await this.rosters.watchers()
    return {
      parties: [...new Set([...parties, ...watchers])],
      store:
        kept === null ? storingRequest(intent, set, parties, recorded) : storingEvent(intent, kept, recorded),
    }
  }

  async #setOf({ bytes }: EmergencyIntent): Promise<StoredEmergencySet> {
    const hash = encodeBase64Url(parseEmergencyRequest(bytes).content.set)
    const set = await this.#parts.store.breakGlass.findSetByHash(hash)
    if (set === null) throw new Error('internal: a request that was taken without its set')
    return set
  }
}

/** Finishes what a server that died had begun; what cannot be finished now waits, and everybody else is served. */
export async function openBreakGlass(parts: Parts): Promise<BreakGlassKeeper> {
  const keeper = new BreakGlassKeeper(parts)
  await keeper.begin()
  await keeper.finishAll().catch(() => undefined)
  return keeper
}

interface Storing {
  readonly parties: readonly string[]
  store(tables: Tables): Promise<unknown>
}

function storingSet({ bytes, hash, nowMs }: EmergencyIntent): Storing {
  const { statement } = parseSetParcel(bytes)
  const { content, by } = statement
  const custodians = content.custodians.map(({ kid }) => kid)
  const { patient, record, isDrill } = content
  const set = {
    id: encodeBase64Url(content.id),
    hash,
    owner: by,
    patient,
    package: encodeBase64Url(record.packageId),
    version: record.version,
    payload: record.payloadCid,
    isDrill,
    custodians,
    bytes,
    nowMs,
  }
  return {
    parties: [...new Set([by, patient, ...custodians].filter(kid => kid !== ''))],
    store: tables => tables.breakGlass.putSet(set),
  }
}

type Store = Storing['store']

function storingRequest(
  intent: EmergencyIntent,
  set: StoredEmergencySet,
  parties: readonly string[],
  recorded: Recorded,
): Store {
  const { by, content } = parseEmergencyRequest(intent.bytes)
  const { decideByMs, accessUntilMs } = content
  const emergency = { id: intent.about, set: set.id, requester: by, decideByMs, accessUntilMs, parties }
  return tables => tables.breakGlass.ask(emergency, eventRow(intent, { by, number: 0, opening: recorded.id }))
}

function storingEvent(intent: EmergencyIntent, kept: Kept, recorded: Recorded): Store {
  const { event } = readEvent(intent.kind, intent.bytes)
  const { events, state } = kept
  const next = applyEvent(state, event, { nowMs: intent.nowMs, standing: standingThen(intent) })
  const row = eventRow(intent, { by: event.by, number: events.length, opening: recorded.id })
  return tables => tables.breakGlass.addEvent(row, markOf(next))
}

function eventRow(
  { about, kind, hash, role, isOfficer, bytes, nowMs }: EmergencyIntent,
  place: { readonly by: string; readonly number: number; readonly opening: string },
) {
  return { request: about, kind, hash, role, isOfficer, bytes, nowMs, ...place }
}

function markOf({ openedMs, closedMs, deniedMs }: EmergencyState): EmergencyMark {
  return {
    ...(openedMs === null ? {} : { openedMs }),
    ...(closedMs === null ? {} : { closedMs }),
    isSettled: openedMs !== null || closedMs !== null || deniedMs !== null,
  }
}

/** A statement that the path names, of this clinic, sent by whoever signed it. */
function requireSame(
  { content, by }: Statement<{ readonly id: Uint8Array; readonly origin: string; readonly kind: string }>,
  given: { readonly id: string; readonly by: string; readonly origin: string },
): void {
  if (content.origin !== given.origin)
    throw breakGlassError('break-glass/other-clinic', { what: content.kind })
  if (encodeBase64Url(content.id) !== given.id) throw requestError('request/invalid', { fields: ['id'] })
  if (by !== given.by) throw signatureError('signature/not-allowed', {})
}

function requireSameFirst(kept: Kept, { hash }: Statement<EmergencyEvent>): Kept {
  if (kept.events[0]?.row.hash !== encodeBase64Url(hash)) throw requestError('emergency/conflict', {})
  return kept
}

function placeIn({ events, state }: Kept, atMs: number): Parameters<typeof eventEntry>[1] {
  const before = events.at(-1)?.event
  if (before === undefined) throw new Error('internal: a request without its first event')
  return { set: state.set, request: state.request, previous: before.hash, atMs }
}
