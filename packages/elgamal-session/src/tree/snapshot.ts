/** A controller's tree between two commits as bytes, for whoever keeps it as a value: docs/spec/key-tree.md. */
import { ByteReader } from './byte-reader.js'
import { ByteWriter } from './byte-writer.js'
import { treeError } from './errors.js'
import { mark, NodeLevel } from './node-level.js'
import { arity, keyBytes, leavesBelow, maxLevels } from './shape.js'

const snapshotVersion = 2
const headBytes = 6
const mostNodeBytes = 5 + 5 + 1 + keyBytes

export interface Snapshot {
  readonly epoch: number
  /** From the leaves to the root. */
  readonly levels: NodeLevel[]
}

/** Secret: the caller wipes it. */
export function encodeSnapshot({ epoch, levels }: Snapshot): Uint8Array {
  const known = levels.map(nodes => [...nodes.versions.keys()].filter(index => nodes.versionAt(index) > 0))
  const most = known.reduce((sum, indexes) => sum + 5 + indexes.length * mostNodeBytes, headBytes)
  const writer = new ByteWriter(most)
  writer.u8(snapshotVersion)
  writer.u32(epoch)
  writer.u8(levels.length - 1)
  for (const [level, nodes] of levels.entries()) writeLevel(writer, nodes, known[level] ?? [])
  const bytes = writer.written().slice()
  writer.written().fill(0)
  return bytes
}

function writeLevel(writer: ByteWriter, nodes: NodeLevel, indexes: readonly number[]): void {
  writer.varint(indexes.length)
  let next = 0
  for (const index of indexes) {
    writer.varint(index - next)
    writer.varint(nodes.versionAt(index))
    const isTaken = nodes.membersAt(index) > 0
    writer.u8(isTaken ? 1 : 0)
    if (isTaken) writer.bytes(nodes.keyAt(index))
    next = index + 1
  }
}

const refuse = (reason: string): Error => treeError('conference/bad-snapshot', { reason })

/** @throws ChartsealError `conference/bad-snapshot` */
export function parseSnapshot(bytes: Uint8Array): Snapshot {
  const reader = new ByteReader(bytes, refuse)
  if (reader.u8() !== snapshotVersion) throw refuse('it is of another version')
  const epoch = reader.u32()
  const height = reader.u8()
  if (height === 0 || height > maxLevels) throw refuse('it has no level, or too many')
  const levels: NodeLevel[] = []
  for (let level = 0; level <= height; level++) levels.push(readLevel(reader, leavesBelow(height - level)))
  reader.end()
  countMembers(levels)
  return { epoch, levels }
}

function readLevel(reader: ByteReader, width: number): NodeLevel {
  const nodes = new NodeLevel()
  const count = reader.varint(width)
  let next = 0
  for (let i = 0; i < count; i++) {
    const index = next + reader.varint(0xffff_ffff)
    if (index >= width) throw refuse('a node stands outside of the tree')
    nodes.reserve(index)
    nodes.versions[index] = reader.varint(0xffff_ffff)
    if (nodes.versionAt(index) === 0) throw refuse('versions begin with 1')
    const taken = reader.u8()
    if (taken > 1) throw refuse('a node has a key or has none')
    if (taken === 1) {
      nodes.keyAt(index).set(reader.bytes(keyBytes))
      nodes.marks[index] = mark.live
    }
    next = index + 1
  }
  return nodes
}

/** From the leaves up; a node has a key if there is a member below it, and only then. */
function countMembers(levels: readonly NodeLevel[]): void {
  for (const [level, nodes] of levels.entries()) {
    const below = levels[level - 1]
    for (const [index, marks] of nodes.marks.entries()) {
      const members = below === undefined ? ownCount(marks) : countBelow(below, index)
      nodes.members[index] = members
      if (members > 0 !== (marks === mark.live)) throw refuse('a key stands where there is no member')
    }
    if (below !== undefined && sum(below) !== sum(nodes)) throw refuse('a member has no key above them')
  }
}

const ownCount = (marks: number): number => (marks === mark.live ? 1 : 0)

function countBelow(below: NodeLevel, index: number): number {
  let members = 0
  for (let child = 0; child < arity; child++) members += below.membersAt(arity * index + child)
  return members
}

const sum = ({ members }: NodeLevel): number => members.reduce((all, one) => all + one, 0)
