/** The journal: what a core that starts goes on from, and the shortest journal that says the same. */
import { decodeHex, encodeHex } from '@chartseal/core/encoding'
import { ChartsealError } from '@chartseal/core/errors'
import { AeadKey } from '@chartseal/core/keys'
import { partyError } from '../conference/errors.js'
import type { EnrolledPatient } from '../conference/keys.js'
import type { Direct } from '../conference/payloads.js'
import { numberFrom } from './outbox.js'
import type { Person } from './person.js'
import { highestOf } from './received.js'
import { type BlockedUntil, decodeRecord, type JournalRecord } from './records.js'
import { type CoreState, useTicketKey } from './state.js'

/** What the journal says of one patient, enrolled now or not. */
interface Past {
  readonly id: Uint8Array
  membership: number
  since: bigint
  acknowledged: bigint
  usedTicket: bigint
  blockedUntil: BlockedUntil
  forGood: boolean
  heard: bigint
  nextDirect: bigint
  outbox: Direct[]
  unshown: Direct[]
}

type PatientRecord = Extract<JournalRecord, { readonly patient: Uint8Array }>

class Replay {
  readonly people = new Map<string, Past>()
  readonly #state: CoreState
  hasTicketKey = false
  hasEnded = false

  constructor(state: CoreState) {
    this.#state = state
  }

  apply(record: JournalRecord): void {
    const state = this.#state
    switch (record.t) {
      case 'start':
        state.incarnation = record.incarnation
        state.memberships = Math.max(state.memberships, record.memberships)
        return
      case 'ticket-key':
        this.hasTicketKey = true
        useTicketKey(state, record.key)
        return
      case 'waiting':
        state.waiting = [...state.waiting, { text: record.text, emergency: record.emergency }]
        return
      case 'frame':
        if (record.waited) state.waiting = state.waiting.slice(1)
        state.chain.replay(record)
        return
      case 'epoch':
      case 'mark':
      case 'base':
        state.chain.replay(record)
        return
      case 'numbered':
        state.roster.formerNext = record.next
        return
      case 'end':
        this.hasEnded = true
        return
      default:
        this.#ofPatient(this.#past(record.patient), record)
        return
    }
  }

  #past(id: Uint8Array): Past {
    const key = encodeHex(id)
    const known = this.people.get(key)
    if (known !== undefined) return known
    const fresh: Past = {
      id,
      membership: 0,
      since: 0n,
      acknowledged: 0n,
      usedTicket: 0n,
      blockedUntil: 0,
      forGood: false,
      heard: 0n,
      nextDirect: 1n,
      outbox: [],
      unshown: [],
    }
    this.people.set(key, fresh)
    return fresh
  }

  #ofPatient(past: Past, record: PatientRecord): void {
    switch (record.t) {
      case 'in':
        past.membership = record.membership
        past.since = record.since
        past.acknowledged = record.acknowledged
        this.#state.memberships = Math.max(this.#state.memberships, record.membership)
        return
      case 'out':
        past.membership = 0
        past.blockedUntil = record.until
        past.forGood = record.forGood
        past.outbox = []
        return
      case 'used':
        past.usedTicket = record.ticket
        return
      case 'heard':
        past.heard = record.id
        return
      case 'from':
        past.heard = highestOf(past.heard, record.id)
        past.unshown.push({ id: record.id, text: record.text })
        return
      case 'shown':
        past.unshown = past.unshown.filter(({ id }) => id > record.id)
        return
      case 'to':
        past.outbox.push({ id: record.id, text: record.text })
        if (past.nextDirect <= record.id) past.nextDirect = record.id + 1n
        return
      case 'told':
        past.outbox = past.outbox.filter(({ id }) => id > record.id)
        if (past.nextDirect <= record.id) past.nextDirect = record.id + 1n
    }
  }
}

/**
 * Brings a new state to where the journal ends, enrols, and begins another incarnation.
 * @returns whether the conference had ended
 * @throws ChartsealError `conference/bad-journal`, `conference/bad-patient`
 */
export function restore(
  state: CoreState,
  journal: readonly Uint8Array[],
  patients: readonly EnrolledPatient[],
): boolean {
  const replay = new Replay(state)
  for (const [index, bytes] of journal.entries()) replayOne(replay, bytes, index)
  const { out, roster, random } = state
  out.appended = journal.length
  if (replay.hasEnded) return true
  state.incarnation++
  out.persist({ t: 'start', incarnation: state.incarnation, memberships: state.memberships })
  if (!replay.hasTicketKey) {
    useTicketKey(state, random.bytes(AeadKey.sizeBytes))
    out.persist({ t: 'ticket-key', key: state.ticketKey })
  }
  for (const [key, { forGood }] of replay.people) if (forGood) roster.gone.add(key)
  const enrolled = patients.filter(({ staticKey }) => !roster.isGone(staticKey))
  roster.check(enrolled)
  roster.add(enrolled)
  for (const [key, past] of replay.people) takeUp(state, roster.byKey(key), past)
  for (const person of roster.all())
    if (!replay.people.has(person.key)) numberFrom(state, person, roster.formerNext)
  roster.countEmergency(state.chain.emergency)
  return false
}

function replayOne(replay: Replay, bytes: Uint8Array, index: number): void {
  try {
    replay.apply(decodeRecord(bytes))
  } catch (error) {
    if (!(error instanceof ChartsealError)) throw error
    throw partyError('conference/bad-journal', { index, reason: error.code })
  }
}

/** Who is not enrolled any more is out. */
function takeUp({ out, roster }: CoreState, person: Person | null, past: Past): void {
  if (person === null) {
    roster.formerNext = highestOf(roster.formerNext, past.nextDirect)
    if (past.membership !== 0) out.persist({ t: 'out', patient: past.id, until: 0, forGood: false })
    return
  }
  const { membership, since, acknowledged, usedTicket, blockedUntil, heard, nextDirect, outbox, unshown } =
    past
  Object.assign(person, {
    membership,
    since,
    acknowledged,
    usedTicket,
    blockedUntil,
    heard,
    nextDirect,
    outbox,
    unshown,
  })
  if (person.isMember) roster.members++
  for (const message of unshown) out.event({ kind: 'direct', patient: person.name, ...message })
}

/** The shortest journal that leads to this state. */
export function journalOf({
  incarnation,
  memberships,
  ticketKey,
  chain,
  roster,
  waiting,
}: CoreState): readonly JournalRecord[] {
  return [
    { t: 'start', incarnation, memberships },
    { t: 'ticket-key', key: Uint8Array.from(ticketKey) },
    ...chain.records(),
    ...numbered(roster),
    ...waiting.map(({ text, emergency }) => ({ t: 'waiting', text, emergency }) as const),
    ...[...roster.gone].map(key => ({ t: 'out', patient: decodeHex(key), until: 0, forGood: true }) as const),
    ...[...roster.all()].flatMap(recordsOf),
  ]
}

function numbered({ former, formerNext }: CoreState['roster']): readonly JournalRecord[] {
  const next = highestOf(formerNext, ...former.values())
  return next === 1n ? [] : [{ t: 'numbered', next }]
}

function recordsOf(person: Person): readonly JournalRecord[] {
  const { id: patient, membership, since, acknowledged, blockedUntil, usedTicket, heard, nextDirect } = person
  const records: JournalRecord[] = []
  if (blockedUntil !== 0) records.push({ t: 'out', patient, until: blockedUntil, forGood: false })
  if (membership !== 0) records.push({ t: 'in', patient, since, membership, acknowledged })
  if (usedTicket !== 0n) records.push({ t: 'used', patient, ticket: usedTicket })
  if (heard !== 0n) records.push({ t: 'heard', patient, id: heard })
  if (nextDirect !== 1n) records.push({ t: 'told', patient, id: nextDirect - 1n })
  const undelivered = person.outbox.map(({ id, text }) => ({ t: 'to', patient, id, text }) as const)
  const unshown = person.unshown.map(({ id, text }) => ({ t: 'from', patient, id, text }) as const)
  return [...records, ...undelivered, ...unshown]
}
