/** What goes to all: broadcasts, commits, heads and the end. Durable before it is sent. */
import { AeadKey } from '@chartseal/core/keys'
import { measured } from '../conference/meter.js'
import { encodeBroadcast } from '../conference/payloads.js'
import { encodeLogged, encodeNotice, frontOf, sealText } from '../conference/signed-frame.js'
import { requireText } from '../conference/text.js'
import { encodeHeader, flags, opcodes } from '../frames.js'
import { sendGroupKeys } from './group-keys.js'
import type { Person } from './person.js'
import { type CoreState, never } from './state.js'

const nothing = new Uint8Array(0)
// A commit above this goes alone, so that it and the text never meet the limit of a frame.
const maxSharedCommitBytes = 524_288

/** @throws ChartsealError `conference/text-too-long`, `encoding/invalid` */
export function say(state: CoreState, text: string, emergency: boolean): void {
  requireText(text)
  if (state.wasLive) {
    broadcast(state, text, emergency, false)
    return
  }
  state.out.persist({ t: 'waiting', text, emergency })
  state.waiting = [...state.waiting, { text, emergency }]
  state.out.event({ kind: 'waiting' })
}

/** What was said before the relay was there for the first time. */
export function sayWaiting(state: CoreState): void {
  for (const { text, emergency } of state.waiting) broadcast(state, text, emergency, true)
  state.waiting = []
}

function broadcast(state: CoreState, text: string, emergency: boolean, waited: boolean): void {
  const { chain, roster, out } = state
  const change = state.group.isDue ? takeCommit(state) : null
  const isLarge = change !== null && change.commit.length > maxSharedCommitBytes
  if (isLarge) publish(state, { commit: change.commit, text: null, emergency: false }, change.newcomers)
  const carried = change === null || isLarge ? null : change
  const said = { commit: carried?.commit ?? nothing, text, emergency }
  publish(state, said, carried?.newcomers ?? [], waited)
  const { sequence } = chain.newest
  if (emergency) roster.countEmergency(sequence)
  out.event({ kind: 'said', sequence, emergency })
}

/** A commit alone, where there is something to commit. */
export function commitNow(state: CoreState): void {
  if (!state.wasLive || state.group.dueMs === never) return
  const { commit, newcomers } = takeCommit(state)
  publish(state, { commit, text: null, emergency: false }, newcomers)
}

function takeCommit(state: CoreState): ReturnType<CoreState['group']['commit']> {
  state.chain.epoch++
  return state.group.commit(state.chain.epoch, state.incarnation)
}

/** One frame of the log; newcomers are given the keys that its commit leads to before it reaches them. */
function publish(
  state: CoreState,
  { commit, text, emergency }: Pick<NextFrame, 'commit' | 'text' | 'emergency'>,
  newcomers: Iterable<Person>,
  waited = false,
): void {
  const { chain, out, clock, meter } = state
  const atMs = clock.nowMs()
  const sequence = chain.newest.sequence + 1n
  if (text !== null) keepEpochKey(state, sequence)
  const frame = frameOf(state, { sequence, atMs, commit, text, emergency })
  out.persist({ t: 'frame', frame, waited })
  measured(meter, 'hash', () => chain.append(frame, atMs))
  for (const person of newcomers) sendGroupKeys(state, person, { behind: sequence, isStart: false })
  // While others wait to be published (again), this one goes with them.
  if (state.publishDueMs === never) out.link({ kind: 'publish', frame })
}

/** Durable with the first broadcast of the epoch, for who is away then. */
function keepEpochKey({ chain, group, out }: CoreState, sequence: bigint): void {
  const { epoch, key } = group
  if (key === null || chain.holds(epoch)) return
  out.persist({ t: 'epoch', epoch, first: sequence, last: sequence, key: key.reveal() })
  chain.hold(epoch, sequence, sequence, key.reveal())
}

interface NextFrame {
  readonly sequence: bigint
  readonly atMs: number
  readonly commit: Uint8Array
  readonly text: string | null
  readonly emergency: boolean
}

function frameOf(state: CoreState, { sequence, atMs, commit, text, emergency }: NextFrame): Uint8Array {
  const { chain, group, suite, incarnation, signer, meter } = state
  const opcode = text === null ? opcodes.groupKey : opcodes.message
  const bits = flags.signed | (emergency ? flags.emergency : 0)
  const header = encodeHeader({ opcode, flags: bits, suite, epoch: group.epoch, sequence })
  const front = frontOf(header, { incarnation, previousHash: chain.newest.hash, atMs })
  if (text === null) return encodeLogged(front, commit, nothing, signer)
  const { key } = group
  if (!(key instanceof AeadKey)) throw new Error('internal: a broadcast follows a commit')
  const plaintext = encodeBroadcast(text)
  const ciphertext = measured(meter, 'seal', () => sealText(front, sequence, key, plaintext))
  return encodeLogged(front, commit, ciphertext, signer)
}

/** Where the chain stands, signed; nothing in it is kept. */
export function sendHead(state: CoreState): void {
  const { out, clock, policy } = state
  const atMs = clock.nowMs()
  state.headDueMs = atMs + policy.headEveryMs
  out.link({ kind: 'head', frame: notice(state, 'head', atMs) })
}

/** The last frame for everybody who is connected. */
export function endFrame(state: CoreState): Uint8Array {
  return notice(state, 'end', state.clock.nowMs())
}

function notice(state: CoreState, kind: 'head' | 'end', atMs: number): Uint8Array {
  const { chain, suite, incarnation, signer } = state
  const { sequence, hash } = chain.newest
  const [opcode, bits] =
    kind === 'head'
      ? ([opcodes.message, flags.signed | flags.head] as const)
      : ([opcodes.disconnect, flags.signed] as const)
  const header = encodeHeader({ opcode, flags: bits, suite, epoch: state.group.epoch, sequence })
  return encodeNotice(kind, header, { incarnation, hash, atMs }, signer)
}
