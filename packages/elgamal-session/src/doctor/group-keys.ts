/** Opcode 30 of a session: what one member needs to read what is for them. */
import { type ChainPlace, encodeGroupKeys, type PastEpoch } from '../conference/payloads.js'
import { opcodes } from '../frames.js'
import type { Person } from './person.js'
import type { CoreState } from './state.js'

/** So many stand in one frame; more of them go before it. */
const epochsInFrame = 4_096

export interface GroupKeysOf {
  /** They are given the keys of broadcasts behind this one. */
  readonly behind: bigint
  /** Whether the frames that follow begin there. */
  readonly isStart: boolean
}

/**
 * The keys of the tree as they are, and of the broadcasts that they missed. Nothing for who is not connected: they are
 * given theirs when they come back.
 */
export function sendGroupKeys(state: CoreState, person: Person, { behind, isStart }: GroupKeysOf): void {
  const { chain, group } = state
  if (person.seat === null) return
  const epochs = [...chain.epochsFor(behind, person.since)]
  while (epochs.length > epochsInFrame) sendOne(state, person, null, null, epochs.splice(0, epochsInFrame))
  const path = group.pathOf(person)
  sendOne(state, person, isStart ? chain.at(behind) : null, path, epochs)
  path?.fill(0)
}

function sendOne(
  { chain, clock, out, incarnation }: CoreState,
  { seat }: Person,
  after: ChainPlace | null,
  path: Uint8Array | null,
  epochs: readonly PastEpoch[],
): void {
  if (seat === null) return
  const { connection, session } = seat
  const head = { ...chain.newest, atMs: clock.nowMs() }
  const plaintext = encodeGroupKeys({ incarnation, after, head, path, epochs })
  out.link({ kind: 'send', connection, frame: session.seal(opcodes.groupKey, plaintext) })
  plaintext.fill(0)
}
