/** Break-glass on this device: the queue, each request followed and checked, and what a person does with it. */
import {
  type CustodyKey,
  type EmergencyReason,
  type EmergencySet,
  encodeParcel,
  makeClosed,
  makeDenial,
  makeRelease,
  makeReviewed,
  parseEmergencySet,
  phaseAt,
  type ReviewVerdict,
  requireRelease,
  type Signatory,
  type Statement,
  standingIn,
} from '@chartseal/clinic/break-glass'
import type { Roster } from '@chartseal/clinic/roster'
import { ChartsealError } from '@chartseal/core/errors'
import { type ShareEnvelope, wipeShares } from '@chartseal/shamir'
import { type Signal, signal } from '@preact/signals'
import type { LastDrill, ListedSet, QueuedRequest, ShownRequest } from '../../emergency/answers.js'
import { type EmergencyApi, emergencyApi } from '../../emergency/api.js'
import { ask, type EmergencyRecord, open, type Requester } from '../../emergency/asking.js'
import { keepShares, ownShare, shareOnSheet, sheetOf } from '../../emergency/custody.js'
import {
  type EmergencyTrust,
  emergencyTrust,
  type Followed,
  followed,
  isFollowed,
  requireGrown,
  seenOf,
} from '../../emergency/follow.js'
import { lookAtRoster, type RosterView, takeRoster } from '../../emergency/roster.js'
import {
  type AskedRow,
  allAsked,
  allSeen,
  forgetAsked,
  noteSeen,
  readCustody,
  type SeenRow,
} from '../../emergency/rows.js'
import { custodiansOf, makeSet, type SetWishes } from '../../emergency/safeguard.js'
import { consoleError } from '../../errors.js'
import { recordsApi } from '../../records/api.js'
import { ownerOf } from '../../records/envelope.js'
import { oneAtATime } from '../once.js'
import type { Session } from '../session.js'
import { createTask, type Task } from '../task.js'
import { isOver, type Seat, seatIn } from './seat.js'

/** A set that can be asked for, as its owner signed it. */
export interface SetView {
  readonly set: Statement<EmergencySet>
  readonly isStale: boolean | null
}

/** A request that cannot be believed, and why. */
export interface Broken {
  readonly id: string
  readonly error: unknown
}

export interface Found {
  readonly roster: RosterView | null
  readonly requests: readonly Followed[]
  readonly broken: readonly Broken[]
  /** Seen here before, and not shown any more. */
  readonly lost: readonly SeenRow[]
  readonly sets: readonly SetView[]
  readonly lastDrill: LastDrill | null
  /** Asked here, and unknown to the clinic. */
  readonly unsent: readonly AskedRow[]
  readonly keepsShares: boolean
  /** Requests of which a person at this device has read that they were opened. */
  readonly told: ReadonlySet<string>
}

export interface Wishes {
  readonly reason: EmergencyReason
  readonly text: string
  readonly decideMinutes: number
  readonly accessMinutes: number
}

const minuteMs = 60_000

export class Emergencies {
  /** `null` before the clinic was asked. */
  readonly found: Signal<Found | null> = signal<Found | null>(null)
  /** Reading, which goes on by itself. */
  readonly reading: Task
  /** What a person began with a request. */
  readonly task: Task
  /** What they began with the shares of this device, and whom it believes. */
  readonly keeping: Task
  /** Records that are open here, by the id of their request: in memory alone. */
  readonly opened: Signal<ReadonlyMap<string, EmergencyRecord>> = signal<
    ReadonlyMap<string, EmergencyRecord>
  >(new Map())
  readonly #session: Session
  readonly #api: EmergencyApi
  readonly #signatory: Signatory
  readonly #once = oneAtATime()

  constructor(session: Session) {
    this.#session = session
    this.#api = emergencyApi(session.requests)
    this.#signatory = ownerOf(session.signer)
    this.reading = createTask(session)
    this.task = createTask(session)
    this.keeping = createTask(session)
    session.signal.addEventListener('abort', () => this.#forget(), { once: true })
  }

  /** Asks the clinic for all of it, and follows each request anew. */
  async refresh(): Promise<void> {
    await this.#once(async () => {
      await this.reading.run(async () => {
        this.found.value = await this.#look()
      })
    })
  }

  get nowMs(): number {
    return this.#session.unlocked.clock.nowMs()
  }

  /** Who this device is in a request. */
  seatIn(one: Followed): Seat {
    return seatIn(one.state, this.#session.device.kid, this.roster)
  }

  /** The roster that this device believes; `null` for none. */
  get roster(): Roster | null {
    return this.found.value?.roster?.believed.roster ?? null
  }

  /** Why this custodian cannot release now; `null` when nothing is in the way. */
  whyNotRelease({ state }: Followed): unknown {
    try {
      requireRelease(state, this.#session.device.kid, this.#rosterOrThrow(), this.nowMs)
      return null
    } catch (error) {
      if (error instanceof ChartsealError) return error
      throw error
    }
  }

  /** From now on shares can be sealed to this device. */
  keepShares(): Promise<boolean> {
    const { unlocked, clinic } = this.#session
    return this.#act(() => keepShares(unlocked, this.#api, this.#signatory, clinic.origin), this.keeping)
  }

  takeRoster(): Promise<boolean> {
    return this.#act(async () => {
      const next = this.found.value?.roster?.next
      if (next != null) await takeRoster(this.#session.unlocked, next)
    }, this.keeping)
  }

  /** A person has asked the clinic about its witnesses: they are these from now on. */
  takeWitnesses(): Promise<boolean> {
    return this.#act(() => this.#session.acceptWitnesses(), this.keeping)
  }

  /** Gives the id of the request; `null` when it failed. */
  async ask(
    { set }: SetView,
    { reason, text, decideMinutes, accessMinutes }: Wishes,
  ): Promise<string | null> {
    let id: string | null = null
    const { nowMs } = this
    const decideByMs = nowMs + decideMinutes * minuteMs
    const accessUntilMs = nowMs + accessMinutes * minuteMs
    await this.#act(async () => {
      id = await ask(this.#requester, set, { reason, text: text.trim(), decideByMs, accessUntilMs })
    })
    return id
  }

  /** The clinic never had it. */
  forgetUnsent(id: string): Promise<boolean> {
    return this.#act(() => forgetAsked(this.#session.unlocked, id))
  }

  /** @param sheet what is printed on the sheet of this custodian; empty: the share that this device keeps */
  release(one: Followed, sheet = ''): Promise<boolean> {
    return this.#act(async () => {
      const { unlocked } = this.#session
      const share = sheet === '' ? await this.#share(one.state.set) : shareOnSheet(sheet)
      try {
        const world = { clock: unlocked.clock, random: unlocked.random, roster: this.#rosterOrThrow() }
        const parcel = await makeRelease(this.#signatory, one.state, share, world)
        await this.#took(one.id, this.#api.vote(one.id, encodeParcel(parcel)))
      } finally {
        wipeShares([share])
      }
    })
  }

  deny(one: Followed, text: string): Promise<boolean> {
    return this.#act(async () => {
      const { bytes } = await makeDenial(this.#signatory, one.state.request, text, this.#session.unlocked)
      await this.#took(one.id, this.#api.vote(one.id, bytes))
    })
  }

  /** Opens the record in memory, and says so first. */
  open(one: Followed): Promise<boolean> {
    return this.#act(async () => {
      const record = await open(this.#requester, one)
      this.opened.value = new Map(this.opened.value).set(one.id, record)
    })
  }

  close(one: Followed, text: string): Promise<boolean> {
    return this.#act(async () => {
      const { bytes } = await makeClosed(this.#signatory, one.state, text, this.#session.unlocked)
      await this.#took(one.id, this.#api.close(one.id, bytes))
      this.#forget(one.id)
    })
  }

  review(one: Followed, verdict: ReviewVerdict, text: string): Promise<boolean> {
    return this.#act(async () => {
      const said = { verdict, text }
      const { bytes } = await makeReviewed(this.#signatory, one.state, said, this.#session.unlocked)
      await this.#took(one.id, this.#api.review(one.id, bytes))
    })
  }

  /** Those whom the roster names and who keep shares. @throws ChartsealError `console/no-roster`, `console/offline` */
  custodians(): Promise<readonly Statement<CustodyKey>[]> {
    return custodiansOf(this.#api, this.#rosterOrThrow(), this.#session.clinic.origin)
  }

  /** @throws as `makeSet` of safeguard.ts */
  makeSet(wishes: SetWishes): Promise<void> {
    const { unlocked, clinic } = this.#session
    const [api, signatory, roster] = [this.#api, this.#signatory, this.#rosterOrThrow()]
    return makeSet({ unlocked, api, signatory, roster, origin: clinic.origin }, wishes)
  }

  /** The share of this device of a set, to be printed; `null` when it failed. */
  async sheet(set: Statement<EmergencySet>): Promise<string | null> {
    let text: string | null = null
    await this.#act(async () => {
      text = sheetOf(await this.#share(set))
    }, this.keeping)
    return text
  }

  isTold({ id }: Followed): boolean {
    return this.found.value?.told.has(id) ?? false
  }

  /** A person has read that it was opened. */
  async tell(one: Followed): Promise<void> {
    await noteSeen(this.#session.unlocked, seenOf(one, true))
    await this.refresh()
  }

  get #trust(): EmergencyTrust {
    return emergencyTrust(this.#session.clinic)
  }

  get #requester(): Requester {
    const { unlocked, requests } = this.#session
    const records = recordsApi(requests)
    return { unlocked, api: this.#api, records, signatory: this.#signatory, trust: this.#trust }
  }

  #share(set: Statement<EmergencySet>): Promise<ShareEnvelope> {
    return ownShare(this.#session.unlocked, this.#api, set, this.#session.device.kid)
  }

  /** @throws ChartsealError `console/no-roster` */
  #rosterOrThrow(): Roster {
    const view = this.found.value?.roster
    if (view == null || view.next !== null) throw consoleError('console/no-roster', {})
    return view.believed.roster
  }

  /** What failed is looked at once more: something may have come meanwhile. */
  async #act(work: () => Promise<unknown>, task = this.task): Promise<boolean> {
    const isDone = await task.run(work)
    await this.refresh()
    return isDone
  }

  /** The answer is followed as any other one. */
  async #took(id: string, answer: Promise<ShownRequest>): Promise<void> {
    followed(id, await answer, this.#trust)
  }

  async #look(): Promise<Found> {
    const { unlocked, clinic } = this.#session
    if (this.#session.otherLog.value !== null) throw consoleError('console/other-log', {})
    const [roster, { requests: queue, broken }, { sets, lastDrill }] = await Promise.all([
      lookAtRoster(unlocked, this.#api, clinic.origin),
      this.#api.queue(),
      this.#api.sets(),
    ])
    const seen = new Map((await allSeen(unlocked)).map(row => [row.id, row] as const))
    const looked = await this.#followAll(queue, seen)
    const shown = new Set([...queue.map(({ id }) => id), ...broken])
    const custody = await readCustody(unlocked)
    custody?.secret.fill(0)
    const asked = await allAsked(unlocked)
    for (const { secret } of asked) secret.fill(0)
    const over = looked.requests.filter(({ state }) => isOver(phaseAt(state, this.nowMs)))
    for (const { id } of asked) if (over.some(one => one.id === id)) await forgetAsked(unlocked, id)
    return {
      ...{ roster, ...looked, lastDrill, sets: sets.flatMap(readableSet) },
      broken: [...looked.broken, ...broken.map(damagedThere)],
      unsent: asked.filter(({ id }) => !shown.has(id)),
      lost: [...seen.values()].filter(({ id }) => !shown.has(id)),
      keepsShares: custody?.isPublished ?? false,
      told: new Set([...seen.values()].filter(({ isTold }) => isTold).map(({ id }) => id)),
    }
  }

  async #followAll(queue: readonly QueuedRequest[], seen: ReadonlyMap<string, SeenRow>) {
    const trust = this.#trust
    const before = new Map((this.found.peek()?.requests ?? []).map(one => [one.id, one] as const))
    const requests: Followed[] = []
    const broken: Broken[] = []
    for (const { id, newest, isRekeyed, hasNewerSet } of queue) {
      const known = before.get(id)
      if (known !== undefined && isFollowed(known, newest)) {
        requests.push({ ...known, isRekeyed, hasNewerSet })
        continue
      }
      const shown = await this.#api.request(id)
      try {
        const one = followed(id, shown, trust)
        requireGrown(one, seen.get(id))
        await this.#see(one, seen.get(id))
        requests.push(one)
      } catch (error) {
        if (!(error instanceof ChartsealError)) throw error
        broken.push({ id, error })
      }
    }
    return { requests: requests.toReversed(), broken }
  }

  async #see(one: Followed, before: SeenRow | undefined): Promise<void> {
    if (before?.count === one.state.events.length) return
    await noteSeen(this.#session.unlocked, seenOf(one, false))
  }

  /** Records that were open here. */
  #forget(id: string | null = null): void {
    const left = new Map(this.opened.value)
    for (const [at, { content }] of this.opened.value)
      if (id === null || id === at) {
        content.fill(0)
        left.delete(at)
      }
    this.opened.value = left
  }
}

/** Of a clinic that lists what is no set, the rest is shown. */
const damagedThere = (id: string): Broken => ({ id, error: consoleError('console/damaged-there', {}) })

function readableSet({ statement, isStale }: ListedSet): readonly SetView[] {
  try {
    return [{ set: parseEmergencySet(statement), isStale }]
  } catch (error) {
    if (error instanceof ChartsealError) return []
    throw error
  }
}

const bySession = new WeakMap<Session, Emergencies>()

/** Those of an unlocked device, until it locks. */
export function emergenciesOf(session: Session): Emergencies {
  const found = bySession.get(session) ?? new Emergencies(session)
  bySession.set(session, found)
  return found
}

/** Whether the roster names this device as one who may do so. */
export const isRostered = (roster: Roster | null, kid: string, role: 'doctor' | 'watcher'): boolean => {
  if (roster === null) return false
  const standing = standingIn(roster, kid)
  return role === 'doctor' ? standing.role === 'doctor' : standing.isOfficer || standing.role === 'auditor'
}
