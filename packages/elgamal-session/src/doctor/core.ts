/** The core of a conference: the doctor's side, with every key. */

import { equal } from '@chartseal/core/bytes'
import { ChartsealError } from '@chartseal/core/errors'
import type { EnrolledPatient } from '../conference/keys.js'
import { decodeHeader } from '../frames.js'
import { wipeWorked } from '../noise.js'
import { decodeToCore, type ToCore } from '../relay/link.js'
import { nextAbsenceMs, onAbsenceTick } from './absent.js'
import { detach, onAttached, onLinkTick, onLogged, onOpened, onUnlogged } from './attach.js'
import { onMemberFrame, shown } from './desk.js'
import { expireHandshakes, onHello, onWorked } from './door.js'
import { journalOf, restore } from './ledger.js'
import { block, leave, onClosed, onVerification, remove, unblock } from './membership.js'
import { direct, numberFrom } from './outbox.js'
import { endFrame, say } from './speech.js'
import { type CoreState, never, newState, refuse, wipeState } from './state.js'
import type { CoreInput, CoreOptions, CoreOutput, CoreTimes, MemberCounts, MemberRow } from './types.js'

const keysLiveAfterMs = 3_600_000
const fewRecords = 4_096

/**
 * The doctor's state machine: inputs in, outputs out, no input or output of its own. Nothing that the relay or a patient
 * sends makes it throw. One process holds one core of a conference.
 */
export class ConferenceCore implements CoreTimes {
  readonly #state: CoreState

  private constructor(state: CoreState) {
    this.#state = state
  }

  /**
   * A core that goes on where the journal ends; the outputs come before those of any input.
   * @throws ChartsealError `conference/bad-journal`, `conference/bad-patient`
   */
  static start(options: CoreOptions): {
    readonly core: ConferenceCore
    readonly outputs: readonly CoreOutput[]
  } {
    const state = newState(options)
    const hasEnded = restore(state, options.journal, options.patients)
    if (hasEnded) {
      state.out.event({ kind: 'ended' })
      wipeState(state)
    }
    return { core: new ConferenceCore(state), outputs: state.out.take() }
  }

  /**
   * @throws ChartsealError `conference/text-too-long`, `conference/unknown-patient`, `conference/bad-patient`,
   * `encoding/invalid` for an order of the doctor that cannot be carried out; then nothing was changed
   */
  handle(input: CoreInput): readonly CoreOutput[] {
    const state = this.#state
    if (state.isOver) {
      if (input.kind === 'worked' && input.worked !== null) wipeWorked(input.worked)
      return []
    }
    this.#obey(input)
    if (!state.isOver) compactWhenDue(state)
    return state.out.take()
  }

  #obey(input: CoreInput): void {
    const state = this.#state
    const { roster } = state
    switch (input.kind) {
      case 'link':
        onLink(state, input.bytes)
        return
      case 'tick':
        onTick(state)
        return
      case 'detached':
        detach(state)
        return
      case 'worked':
        onWorked(state, input)
        return
      case 'say':
        say(state, input.text, input.emergency ?? false)
        return
      case 'direct':
        direct(state, roster.require(input.patient), input.text)
        return
      case 'shown': {
        const person = roster.byName(input.patient)
        if (person !== null) shown(state, person, input.id)
        return
      }
      case 'block':
        block(state, roster.require(input.patient), 'order', input.untilLifted ?? false)
        return
      case 'unblock':
        unblock(state, roster.require(input.patient))
        return
      case 'enrol':
        enrol(state, input.patients)
        return
      case 'remove':
        remove(state, roster.require(input.patient))
        return
      case 'end':
        end(state)
        return
      case 'close':
        wipeState(state)
        return
    }
  }

  get nextTickMs(): number {
    const { headDueMs, publishDueMs, unparkMs, group, halfOpen, working, policy, out } = this.#state
    const [oldest] = halfOpen.values()
    const [first] = working.values()
    const sinceMs = Math.min(oldest?.sinceMs ?? never, first?.sinceMs ?? never)
    const handshakeMs = Math.min(unparkMs, sinceMs + policy.handshakeTimeoutMs)
    const ofLink = out.isAttached ? [headDueMs, publishDueMs, group.dueMs, nextAbsenceMs(this.#state)] : []
    return Math.min(handshakeMs, unparkMs, ...ofLink)
  }

  /** The live list: everybody who is enrolled, in the order of enrolment. */
  members(): readonly MemberRow[] {
    const { roster, clock, chain } = this.#state
    const nowMs = clock.nowMs()
    return [...roster.all()].map(person => person.row(nowMs, chain.emergency))
  }

  /** One line of it; `null` for nobody's name. */
  member(name: string): MemberRow | null {
    const { roster, clock, chain } = this.#state
    return roster.byName(name)?.row(clock.nowMs(), chain.emergency) ?? null
  }

  counts(): MemberCounts {
    return this.#state.roster.counts()
  }

  /** The newest frame for all. */
  get sequence(): bigint {
    return this.#state.chain.newest.sequence
  }

  /** After `end`, `close` or `superseded`: every further input does nothing. */
  get isOver(): boolean {
    return this.#state.isOver
  }
}

function onLink(state: CoreState, bytes: Uint8Array): void {
  const message = decoded(bytes)
  if (message === null) {
    state.out.event({ kind: 'relay-refused', reason: 'message' })
    return
  }
  if (message.kind === 'attached') {
    onAttached(state, message)
    return
  }
  if (state.out.isAttached) onMessage(state, message)
}

function decoded(bytes: Uint8Array): ToCore | null {
  try {
    return decodeToCore(bytes)
  } catch (error) {
    if (error instanceof ChartsealError) return null
    throw error
  }
}

function onMessage(state: CoreState, message: Exclude<ToCore, { kind: 'attached' }>): void {
  switch (message.kind) {
    case 'opened':
      onOpened(state, message.connection)
      return
    case 'frame':
      onFrame(state, message.connection, message.frame)
      return
    case 'closed':
      onClosed(state, message.connection)
      return
    case 'logged':
      onLogged(state, message.sequence)
      return
    case 'unlogged':
      onUnlogged(state, message)
      return
    case 'behind': {
      const person = state.seats.get(message.connection)
      if (person !== undefined) person.behind = message.isBehind
    }
  }
}

function onFrame(state: CoreState, connection: number, frame: Uint8Array): void {
  const person = state.seats.get(connection)
  if (person !== undefined) {
    onMemberFrame(state, person, frame)
    return
  }
  const half = state.halfOpen.get(connection)
  if (half !== undefined) {
    onVerification(state, connection, half, frame)
    return
  }
  // Members know by heads that the doctor is there: however many ask to come in, those go first.
  const nowMs = state.clock.nowMs()
  if (nowMs >= state.headDueMs) onLinkTick(state, nowMs)
  try {
    onHello(state, connection, frame, decodeHeader(frame))
  } catch (error) {
    if (!(error instanceof ChartsealError)) throw error
    refuse(state, connection, 'malformed')
  }
}

function onTick(state: CoreState): void {
  const nowMs = state.clock.nowMs()
  if (nowMs < state.tickedMs) putBack(state, state.tickedMs - nowMs)
  state.tickedMs = nowMs
  expireHandshakes(state, nowMs)
  onLinkTick(state, nowMs)
  onAbsenceTick(state, nowMs)
  if (state.chain.forget(nowMs - state.policy.retentionMs)) state.hasOldKeys = true
}

/** The clock was put back: what is due does not wait until it has caught up. */
function putBack(state: CoreState, byMs: number): void {
  state.headDueMs -= byMs
  state.publishDueMs -= byMs
  state.unparkMs -= byMs
  state.reachableMs -= byMs
  state.absenceLookedMs -= byMs
  state.group.putBack(byMs)
}

/** A journal that is much longer than it must be, or that has keys of messages nobody is given any more. */
function compactWhenDue(state: CoreState): void {
  const { out, clock } = state
  const nowMs = clock.nowMs()
  const isLong = out.appended > fewRecords + 2 * state.compactedSize
  const hasOldKeys = state.hasOldKeys && nowMs >= state.compactedMs + keysLiveAfterMs
  if (!isLong && !hasOldKeys) return
  const records = journalOf(state)
  out.replace(records)
  state.compactedSize = records.length
  state.compactedMs = nowMs
  state.hasOldKeys = false
}

function enrol(state: CoreState, patients: readonly EnrolledPatient[]): void {
  const { roster } = state
  roster.check(patients)
  for (const patient of patients) {
    const known = roster.byName(patient.name)
    if (known !== null && !equal(known.staticKey, patient.staticKey)) remove(state, known)
    else if (known !== null && !equal(known.psk.reveal(), patient.psk.reveal())) {
      leave(state, known, 'enrolled-again', known.blockedUntil, null)
      roster.remove(known)
    }
    roster.add([patient])
    const person = roster.byName(patient.name)
    if (person !== null) numberFrom(state, person, roster.former.get(patient.name) ?? 1n)
  }
}

function end(state: CoreState): void {
  const { out } = state
  const { waiting } = state
  out.persist({ t: 'end' })
  if (waiting.length > 0) out.event({ kind: 'never-said', texts: waiting.map(({ text }) => text) })
  out.link({ kind: 'end', frame: endFrame(state) })
  out.event({ kind: 'ended' })
  wipeState(state)
}
