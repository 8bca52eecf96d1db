/** The relay: whether its log is the one that this core wrote, and what it is given again. */
import { equal } from '@chartseal/core/bytes'
import { VerifyingKey, verifyingKeyOf } from '@chartseal/core/ed25519'
import { ChartsealError } from '@chartseal/core/errors'
import { sha256 } from '@chartseal/core/hkdf'
import { AeadKey } from '@chartseal/core/keys'
import { isSigned, parseLogged } from '../conference/signed-frame.js'
import { decodeHeader } from '../frames.js'
import type { ToCore } from '../relay/link.js'
import { sendGroupKeys } from './group-keys.js'
import { sendOutbox } from './outbox.js'
import { commitNow, sayWaiting, sendHead } from './speech.js'
import { type CoreState, instanceName, never, unpark, useTicketKey, wipeState } from './state.js'

type Attached = Extract<ToCore, { kind: 'attached' }>
type Unlogged = Extract<ToCore, { kind: 'unlogged' }>

const retryPublishMs = 1_000
const nameMembersMs = 250
const parkedMs = 30_000

/** The first message of a link. */
export function onAttached(state: CoreState, message: Attached): void {
  detach(state)
  const { chain, out, clock } = state
  const instance = instanceName(message.instance)
  if (instance !== state.instance) for (const { person } of state.parked.values()) unpark(state, person)
  state.instance = instance
  const log = judgeLog(state, message)
  if (log.kind === 'refused') {
    out.event({ kind: 'relay-refused', reason: log.reason })
    return
  }
  if (log.kind === 'ahead' && state.wasLive) {
    supersede(state)
    return
  }
  if (log.kind === 'ahead') goOnBehind(state, message.head, log)
  chain.logged(message.head)
  out.isAttached = true
  if (!state.wasLive) state.reachableMs = clock.nowMs()
  state.wasLive = true
  state.unparkMs = clock.nowMs() + parkedMs
  if (message.head + 1n < chain.firstPending) beginAgain(state)
  out.event({ kind: 'live', sequence: chain.newest.sequence })
  if (state.parked.size > 0 && chain.pending.length > 0) {
    // First the members are named who are given the keys for what is pending.
    state.publishDueMs = clock.nowMs() + nameMembersMs
    state.headDueMs = state.publishDueMs
  } else {
    publishPending(state)
    sendHead(state)
  }
  sayWaiting(state)
}

/** The link is gone: sessions wait for it, handshakes do not. */
export function detach(state: CoreState): void {
  const { out, seats, halfOpen, parked, roster } = state
  if (!out.isAttached) return
  out.isAttached = false
  for (const { session } of halfOpen.values()) session.wipe()
  halfOpen.clear()
  state.working.clear()
  for (const [connection, person] of seats) {
    if (person.seat === null) continue
    parked.set(connection, { person, session: person.seat.session })
    person.parkedAt = connection
    person.seat = null
    person.behind = false
    person.changedMs = state.clock.nowMs()
  }
  seats.clear()
  roster.connected = 0
  state.headDueMs = never
  state.publishDueMs = never
  state.beginning = null
  out.event({ kind: 'detached' })
}

type LogVerdict =
  | { readonly kind: 'same' }
  | { readonly kind: 'refused'; readonly reason: string }
  /** Signed by the doctor, and not this core's. */
  | {
      readonly kind: 'ahead'
      readonly frame: Uint8Array
      readonly epoch: number
      readonly incarnation: number
    }

function judgeLog(state: CoreState, { head, newest }: Attached): LogVerdict {
  if (newest === null) return head === 0n ? { kind: 'same' } : { kind: 'refused', reason: 'no frame' }
  const known = state.chain.at(head)
  if (known !== null && equal(known.hash, sha256(newest))) return { kind: 'same' }
  const parsed = signedByUs(state, newest, head)
  if (parsed === null) return { kind: 'refused', reason: 'not signed' }
  return head < state.chain.base.sequence ? { kind: 'same' } : { kind: 'ahead', frame: newest, ...parsed }
}

function signedByUs(
  { id, signer, meter, suite }: CoreState,
  frame: Uint8Array,
  head: bigint,
): { readonly epoch: number; readonly incarnation: number } | null {
  const key = VerifyingKey.of(verifyingKeyOf(signer.signingKey))
  try {
    const header = decodeHeader(frame)
    const logged = parseLogged(frame)
    if (key === null || logged === null || header.sequence !== head || header.suite !== suite) return null
    if (!isSigned('broadcast', frame, id, key, meter)) return null
    return { epoch: header.epoch, incarnation: logged.incarnation }
  } catch (error) {
    if (error instanceof ChartsealError) return null
    throw error
  }
}

/** The log lost frames that it had, as after a restored backup, and nobody has them: it begins again behind them. */
function beginAgain(state: CoreState): void {
  const { chain, out } = state
  const after = chain.firstPending - 1n
  chain.forgetUpTo(after)
  state.beginning = { after, isDue: false }
  out.link({ kind: 'restart', after })
  out.event({ kind: 'log-lost', sequence: after })
}

/** The journal is older than the log, as after a restored backup: nothing that it promised counts beyond members. */
function goOnBehind(
  state: CoreState,
  sequence: bigint,
  { frame, epoch, incarnation }: Extract<LogVerdict, { kind: 'ahead' }>,
): void {
  const { chain, out, random, memberships } = state
  state.incarnation = Math.max(state.incarnation, incarnation) + 1
  out.persist({ t: 'start', incarnation: state.incarnation, memberships })
  useTicketKey(state, random.bytes(AeadKey.sizeBytes))
  out.persist({ t: 'ticket-key', key: state.ticketKey })
  const place = { sequence, hash: sha256(frame) }
  chain.restart(place, epoch)
  out.persist({ t: 'base', ...place, epoch: chain.epoch, emergency: chain.emergency })
  out.event({ kind: 'restored', sequence })
}

function supersede(state: CoreState): void {
  state.out.event({ kind: 'superseded' })
  wipeState(state)
}

/** Also the order to begin the log again, where the relay could not. */
function giveAgain(state: CoreState): void {
  const { beginning, out } = state
  if (beginning?.isDue === true) {
    state.beginning = { ...beginning, isDue: false }
    out.link({ kind: 'restart', after: beginning.after })
  }
  publishPending(state)
}

function publishPending({ chain, out }: CoreState): void {
  for (const { frame } of chain.pending) out.link({ kind: 'publish', frame })
}

export function onLogged(state: CoreState, sequence: bigint): void {
  const { chain, out } = state
  const upTo = sequence < chain.newest.sequence ? sequence : chain.newest.sequence
  if (chain.pending[0] === undefined || chain.pending[0].sequence > upTo) return
  chain.logged(upTo)
  state.beginning = null
  out.event({ kind: 'logged', sequence: upTo })
}

/** A frame was not appended, or the log not emptied: the same again later, where that can help. */
export function onUnlogged(state: CoreState, { reason, head }: Unlogged): void {
  if (state.beginning !== null && (reason === 'log' || reason === 'gap')) {
    state.beginning = { ...state.beginning, isDue: true }
    tryLater(state)
    return
  }
  const first = state.chain.pending[0]?.sequence
  if (first === undefined) return
  if (reason === 'fork') {
    supersede(state)
    return
  }
  if (reason === 'malformed' || (reason === 'gap' && first > head + 1n)) {
    state.out.event({ kind: 'relay-refused', reason })
    return
  }
  tryLater(state)
}

function tryLater(state: CoreState): void {
  if (state.publishDueMs === never) state.publishDueMs = state.clock.nowMs() + retryPublishMs
}

/** A connection that outlived the link: what was on its way when that broke is sent again. */
export function onOpened(state: CoreState, connection: number): void {
  const found = state.parked.get(connection)
  if (found === undefined) return
  const { person, session } = found
  state.parked.delete(connection)
  person.parkedAt = null
  person.seat = { connection, session }
  person.changedMs = state.clock.nowMs()
  state.seats.set(connection, person)
  state.roster.connected++
  sendGroupKeys(state, person, { behind: person.acknowledged, isStart: false })
  state.out.link({ kind: 'admit', connection, after: person.acknowledged })
  sendOutbox(state, person)
}

/** What time brings. */
export function onLinkTick(state: CoreState, nowMs: number): void {
  if (nowMs >= state.unparkMs) {
    for (const { person } of state.parked.values()) unpark(state, person)
    state.unparkMs = never
  }
  if (!state.out.isAttached) return
  if (nowMs >= state.publishDueMs) {
    state.publishDueMs = never
    giveAgain(state)
  }
  if (nowMs >= state.group.dueMs) commitNow(state)
  if (nowMs >= state.headDueMs) sendHead(state)
}
