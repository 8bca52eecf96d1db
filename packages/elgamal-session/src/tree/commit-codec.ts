/** The bytes of a commit; table: docs/spec/key-tree.md. */
import { ByteReader } from './byte-reader.js'
import { ByteWriter } from './byte-writer.js'
import { confirmationBytes } from './derive.js'
import { treeError } from './errors.js'
import { leavesBelow, maxEpoch, maxLevels } from './shape.js'
import { wrapBytes } from './wrap.js'

const commitVersion = 2
/** What fits into a frame beside a broadcast. */
export const maxCommitBytes = 1_048_576

/** Leaves `first` to `end` - 1, which all joined. */
export interface LeafRun {
  readonly first: number
  readonly end: number
}

/** A node whose key was replaced by a fresh one, wrapped for the children whose bits `children` has, in their order. */
export interface FreshNode {
  readonly index: number
  readonly children: number
  readonly wraps: Uint8Array
}

export interface CommitContent {
  /** Of the commit before this one; 0 when there was none. */
  readonly previousEpoch: number
  readonly levels: number
  readonly joined: readonly LeafRun[]
  /** Of level 1, level 2 …, in the order of the indexes. */
  readonly fresh: readonly (readonly FreshNode[])[]
}

export interface Commit extends CommitContent {
  /** Everything before the confirmation. */
  readonly body: Uint8Array
  readonly confirmation: Uint8Array
}

export const childCount = (children: number): number =>
  (children & 1) + ((children >> 1) & 1) + ((children >> 2) & 1) + ((children >> 3) & 1)

/** @param confirm makes the confirmation of what stands before it */
export function encodeCommit(
  { previousEpoch, levels, joined, fresh }: CommitContent,
  confirm: (body: Uint8Array) => Uint8Array,
): Uint8Array {
  const wraps = fresh.reduce(
    (sum, nodes) => sum + nodes.reduce((all, one) => all + 6 + one.wraps.length, 0),
    0,
  )
  const writer = new ByteWriter(64 + confirmationBytes + 10 * joined.length + wraps)
  writer.u8(commitVersion)
  writer.u32(previousEpoch)
  writer.u8(levels)
  writeRuns(writer, joined)
  for (const nodes of fresh) writeNodes(writer, nodes)
  writer.bytes(confirm(writer.written()))
  return writer.finish()
}

function writeRuns(writer: ByteWriter, runs: readonly LeafRun[]): void {
  writer.varint(runs.length)
  let past = 0
  for (const { first, end } of runs) {
    writer.varint(first - past)
    writer.varint(end - first)
    past = end
  }
}

function writeNodes(writer: ByteWriter, nodes: readonly FreshNode[]): void {
  writer.varint(nodes.length)
  let next = 0
  for (const { index, children, wraps } of nodes) {
    writer.varint(index - next)
    writer.u8(children)
    writer.bytes(wraps)
    next = index + 1
  }
}

const refuse = (reason: string): Error => treeError('conference/bad-commit', { reason })

/** Wraps, body and confirmation are views. @throws ChartsealError `conference/bad-commit` */
export function parseCommit(bytes: Uint8Array): Commit {
  if (bytes.length > maxCommitBytes) throw refuse(`it has more than ${maxCommitBytes} bytes`)
  if (bytes.length < confirmationBytes) throw refuse('it ends too early')
  const body = bytes.subarray(0, bytes.length - confirmationBytes)
  const reader = new ByteReader(body, refuse)
  if (reader.u8() !== commitVersion) throw refuse('it is of another version')
  const previousEpoch = reader.u32()
  const levels = reader.u8()
  if (previousEpoch === maxEpoch || levels === 0 || levels > maxLevels) throw refuse('it is out of range')
  const joined = readRuns(reader, leavesBelow(levels))
  const fresh: FreshNode[][] = []
  for (let level = 1; level <= levels; level++) fresh.push(readNodes(reader, leavesBelow(levels - level)))
  reader.end()
  return { previousEpoch, levels, joined, fresh, body, confirmation: bytes.subarray(body.length) }
}

/** A run takes two bytes at least, so that memory is bounded by what was received. */
function readRuns(reader: ByteReader, leaves: number): readonly LeafRun[] {
  const runs: LeafRun[] = []
  let past = 0
  for (let left = reader.varint(reader.remaining / 2); left > 0; left--) {
    const gap = reader.varint(leaves)
    if (gap === 0 && past > 0) throw refuse('runs of leaves touch each other')
    const first = past + gap
    past = first + reader.varint(leaves)
    if (past === first || past > leaves) throw refuse('a run of leaves is empty or out of range')
    runs.push({ first, end: past })
  }
  return runs
}

/** A node takes two bytes at least. */
function readNodes(reader: ByteReader, width: number): FreshNode[] {
  const nodes: FreshNode[] = []
  let next = 0
  for (let left = reader.varint(reader.remaining / 2); left > 0; left--) {
    const index = next + reader.varint(width)
    const children = reader.u8()
    if (index >= width || children > 15) throw refuse('a node is out of range')
    nodes.push({ index, children, wraps: reader.bytes(wrapBytes * childCount(children)) })
    next = index + 1
  }
  return nodes
}
