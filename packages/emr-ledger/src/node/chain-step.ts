/** Steps of a chain that wait to be written, and the one change of the index that they are together. */
import { toBinary } from '../v2/binary.js'
import type { IndexChange } from '../v2/ports.js'
import type { SealKeeper } from '../v2/seal.js'
import type { Advance } from './chain.js'
import type { KeptBlock } from './chain-tree.js'
import { encodeBase, noteNames } from './notes.js'

export interface Step {
  readonly change: IndexChange
  /** Blocks that are not followed any more, the newest first. */
  readonly undone: readonly KeptBlock[]
  /** Blocks that are followed now, the oldest first. */
  readonly done: readonly KeptBlock[]
  /** Blocks that the floor has passed, the oldest first. */
  readonly settled: readonly KeptBlock[]
  /** Height at which the seal called a block final that does not stand on what was. */
  readonly conflict: bigint | null
}

/** Several steps as one: what was done and undone in between is neither. */
export function joined(steps: readonly Step[]): Omit<Step, 'change'> {
  const undone: KeptBlock[] = []
  const done: KeptBlock[] = []
  for (const step of steps) {
    for (const block of step.undone) if (done.pop() === undefined) undone.push(block)
    done.push(...step.done)
  }
  const conflict = steps.find(step => step.conflict !== null)?.conflict ?? null
  return { undone, done, settled: steps.flatMap(({ settled }) => settled), conflict }
}

/** The change of the index that these steps are. */
export function changeOf(steps: readonly Step[], advance: Advance, keeper: SealKeeper): IndexChange {
  const { before, after, undone, done } = advance
  const changes = steps.map(({ change }) => change)
  const dropped = changes.flatMap(change => change.dropped ?? [])
  const isDropped = new Set(dropped.map(hash => toBinary(hash)))
  const nodes = changes.flatMap(change => change.nodes ?? [])
  const isFresh = new Set(nodes.map(({ hash }) => toBinary(hash)))
  const entries = changes.findLast(change => change.entries !== undefined)?.entries
  const { tip, floor } = after
  const moved = undone.length > 0 || done.length > 0
  const { id } = floor.header
  return {
    blocks: changes.flatMap(change => change.blocks ?? []),
    nodes: nodes.filter(({ hash }) => !isDropped.has(toBinary(hash))),
    records: changes.flatMap(change => change.records ?? []),
    // What comes and goes in between was never written.
    dropped: dropped.filter(hash => !isFresh.has(toBinary(hash))),
    tip: tip.header.id,
    final: id,
    ...(entries === undefined ? {} : { entries }),
    ...(moved ? { followed: followedOf(tip, done) } : {}),
    ...(floor === before.floor
      ? {}
      : { notes: [{ name: noteNames.base, value: encodeBase(id, keeper.memory(id)) }] }),
  }
}

function followedOf(tip: KeptBlock, done: readonly KeptBlock[]): NonNullable<IndexChange['followed']> {
  return { from: tip.header.height + 1n - BigInt(done.length), ids: done.map(({ header }) => header.id) }
}
