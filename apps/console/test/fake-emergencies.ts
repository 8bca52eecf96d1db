/** Break-glass at the fake clinic: judged and put into its log by the package's own rules. */
import type { AccessEntry } from '@chartseal/audit/access'
import {
  applyEvent,
  type EmergencyState,
  eventEntry,
  markWitnessed,
  newestOf,
  parseEmergencyEvent,
  parseEmergencyRequest,
  parseReleaseParcel,
  parseSetParcel,
  releasesFor,
  setEntry,
  standingIn,
  startEmergency,
} from '@chartseal/clinic/break-glass'
import { parseRoster, type Roster } from '@chartseal/clinic/roster'
import { encodeBase64Url } from '@chartseal/core/encoding'
import { ChartsealError } from '@chartseal/core/errors'

interface Entry {
  readonly index: number
  readonly id: string
  readonly salt: Uint8Array
  readonly entry: Uint8Array
}

interface Log {
  log(entry: AccessEntry, parties: readonly string[]): Promise<Entry>
  /** `null` while it is not published. */
  receipt(id: string): Promise<string | null>
  nowMs(): number
}

type Problem = (status: number, code: string) => Response
type SetParcel = ReturnType<typeof parseSetParcel>

interface Kept {
  state: EmergencyState
  readonly entries: Entry[]
  readonly shares: Map<string, Uint8Array>
}

export interface SignedRosterText {
  readonly text: Uint8Array
  readonly signatures: readonly { readonly kid: string; readonly signature: Uint8Array }[]
}

export class FakeEmergencies {
  readonly sets: SetParcel[] = []
  readonly requests = new Map<string, Kept>()
  readonly keys = new Map<string, Uint8Array>()
  readonly rosters: SignedRosterText[] = []
  /** Requests that it shows no more, and of which it shows so many events. */
  readonly hidden = new Set<string>()
  readonly cut = new Map<string, number>()
  /** Requests that it cannot read any more. */
  readonly damaged = new Set<string>()
  /** Whether custodians get their sealed share. */
  givesShares = true
  readonly #problem: Problem
  readonly #log: Log

  constructor(problem: Problem, log: Log) {
    this.#problem = problem
    this.#log = log
  }

  signedRoster(seq: string): Response {
    const found = seq === '' ? this.rosters.at(-1) : this.rosters[Number(seq) - 1]
    if (found === undefined) return this.#problem(404, 'request/not-found')
    const signatures = found.signatures.map(({ kid, signature }) => ({
      kid,
      signature: encodeBase64Url(signature),
    }))
    return Response.json({ roster: encodeBase64Url(found.text), signatures })
  }

  async request(method: string, kid: string, pathname: string, body: Uint8Array): Promise<Response> {
    try {
      const [, , , first = '', second = ''] = pathname.split('/')
      const answer =
        method === 'PUT' ? await this.#put(kid, first, second, body) : await this.#get(kid, first, second)
      return Response.json(answer)
    } catch (error) {
      if (error instanceof ChartsealError) return this.#problem(409, error.code)
      throw error
    }
  }

  async #put(kid: string, first: string, second: string, body: Uint8Array): Promise<object> {
    if (first === 'keys') {
      this.keys.set(kid, body)
      return { kid, at_ms: 1 }
    }
    if (first === 'sets') return this.#putSet(body)
    const kept = this.requests.get(first)
    if (second === '') return kept === undefined ? this.#ask(first, body) : this.#shown(first, kept)
    if (kept === undefined) throw new Error('an unknown request')
    const isRelease = second === 'votes' && ((body[0] ?? 0) & 0xe0) === 0x80
    const parcel = isRelease ? parseReleaseParcel(body) : null
    await this.#take(kept, parcel?.statement.bytes ?? body)
    const [share] = parcel?.shares ?? []
    if (share !== undefined) kept.shares.set(kid, share)
    const shown = await this.#shown(first, kept)
    if (second !== 'open') return shown
    const shares = releasesFor(kept.state, kid, this.#log.nowMs()).map(({ by }) => ({
      kid: by,
      share: encodeBase64Url(kept.shares.get(by) ?? new Uint8Array()),
    }))
    return { ...shown, shares }
  }

  async #putSet(body: Uint8Array): Promise<object> {
    const parcel = parseSetParcel(body)
    await this.#log.log(setEntry(parcel.statement), [parcel.statement.by])
    this.sets.push(parcel)
    return this.#setRow(parcel)
  }

  async #ask(id: string, body: Uint8Array): Promise<object> {
    const request = parseEmergencyRequest(body)
    const hash = encodeBase64Url(request.content.set)
    const set = this.sets.find(({ statement }) => encodeBase64Url(statement.hash) === hash)
    if (set === undefined) throw new Error('an unknown set')
    const facts = { nowMs: this.#log.nowMs(), standing: standingIn(this.#roster, request.by) }
    const kept: Kept = {
      state: startEmergency(set.statement, request, facts),
      entries: [],
      shares: new Map(),
    }
    await this.#logNewest(kept, set.statement.hash)
    this.requests.set(id, kept)
    return this.#shown(id, kept)
  }

  async #take(kept: Kept, bytes: Uint8Array): Promise<void> {
    const event = parseEmergencyEvent(bytes)
    const facts = { nowMs: this.#log.nowMs(), standing: standingIn(this.#roster, event.by) }
    const { hash } = newestOf(kept.state).event
    const next = applyEvent(kept.state, event, facts)
    if (next === kept.state) return
    kept.state = next
    await this.#logNewest(kept, hash)
  }

  async #logNewest(kept: Kept, previous: Uint8Array): Promise<void> {
    const { set, request } = kept.state
    const { event, atMs } = newestOf(kept.state)
    const { custodians, patient } = set.content
    const parties = [set.by, request.by, patient, ...custodians.map(one => one.kid)]
    kept.entries.push(await this.#log.log(eventEntry(event, { set, request, previous, atMs }), parties))
    kept.state = markWitnessed(kept.state, event.hash)
  }

  async #get(kid: string, first: string, second: string): Promise<object> {
    if (first === 'keys')
      return {
        keys: [...this.keys].map(([name, key]) => ({ kid: name, key: encodeBase64Url(key) })),
        more: false,
      }
    if (first === 'sets') return second === '' ? this.#allSets() : this.#setWithShare(kid, second)
    if (first === '') {
      const ids = [...this.requests.keys()].filter(id => !this.hidden.has(id))
      const rows = ids.map((id, i) => ({ id, position: i + 1 }))
      const [broken, whole] = [true, false].map(is => rows.filter(({ id }) => this.damaged.has(id) === is))
      return { requests: whole?.map(row => this.#queued(row.id, row.position)), broken, more: false }
    }
    const kept = this.requests.get(first)
    if (kept === undefined) throw new Error('an unknown request')
    return this.#shown(first, kept)
  }

  #queued(id: string, position: number): object {
    const kept = this.requests.get(id)
    const newest = kept === undefined ? new Uint8Array(32) : newestOf(kept.state).event.hash
    return { id, position, newest: encodeBase64Url(newest), rekeyed: false, newer_set: false }
  }

  #allSets(): object {
    return { sets: this.sets.map(one => this.#setRow(one)), broken: [], more: false, last_drill: null }
  }

  #setWithShare(kid: string, id: string): object {
    const parcel = this.sets.find(({ statement }) => encodeBase64Url(statement.content.id) === id)
    if (parcel === undefined) throw new Error('an unknown set')
    const share = parcel.shares[parcel.statement.content.custodians.findIndex(one => one.kid === kid)]
    const isGiven = share !== undefined && this.givesShares
    return { ...this.#setRow(parcel), share: isGiven ? encodeBase64Url(share) : null }
  }

  #setRow(parcel: SetParcel) {
    const position = this.sets.indexOf(parcel) + 1
    return { position: Math.max(1, position), stale: false, set: encodeBase64Url(parcel.statement.bytes) }
  }

  async #shown(id: string, { state, entries }: Kept): Promise<object> {
    const events = await Promise.all(
      entries.map(async ({ id: name, salt, entry }, i) => ({
        statement: encodeBase64Url(state.events[i]?.event.bytes ?? new Uint8Array()),
        salt: encodeBase64Url(salt),
        entry: encodeBase64Url(entry),
        receipt: await this.#log.receipt(name),
      })),
    )
    return {
      id,
      set_statement: encodeBase64Url(state.set.bytes),
      events: events.slice(0, this.cut.get(id) ?? events.length),
      rekeyed: false,
      newer_set: false,
    }
  }

  get #roster(): Roster {
    const newest = this.rosters.at(-1)
    if (newest === undefined) throw new Error('there is no roster')
    return parseRoster(newest.text)
  }
}
