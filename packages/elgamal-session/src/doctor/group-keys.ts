/** Opcode 30 of a session: what one member needs to read what is for them. */
import { encodeGroupKeys, type PastEpoch } from '../conference/payloads.js'
import { opcodes } from '../frames.js'
import type { Person } from './person.js'
import type { CoreState } from './state.js'

/** So many stand in one frame; more of them go before it. */
const epochsInFrame = 4_096

/**
 * The keys of the tree as they are, and of the broadcasts behind `sequence` that they missed. Nothing for who is not
 * connected: they are given theirs when they come back.
 */
export function sendGroupKeys(
  state: CoreState,
  person: Person,
  { sequence, withEpochs = true }: { readonly sequence: bigint; readonly withEpochs?: boolean },
): void {
  const { chain, group } = state
  if (person.seat === null) return
  const epochs = withEpochs ? [...chain.epochsFor(sequence, person.since)] : []
  while (epochs.length > epochsInFrame) {
    sendOne(state, person, sequence, null, epochs.splice(0, epochsInFrame))
  }
  const path = group.pathOf(person)
  sendOne(state, person, sequence, path, epochs)
  path?.fill(0)
}

function sendOne(
  { chain, clock, out }: CoreState,
  { seat }: Person,
  sequence: bigint,
  path: Uint8Array | null,
  epochs: readonly PastEpoch[],
): void {
  const after = chain.at(sequence)
  if (seat === null || after === null) return
  const { connection, session } = seat
  const head = { ...chain.newest, atMs: clock.nowMs() }
  const plaintext = encodeGroupKeys({ after, head, path, epochs })
  out.link({ kind: 'send', connection, frame: session.seal(opcodes.groupKey, plaintext) })
  plaintext.fill(0)
}
