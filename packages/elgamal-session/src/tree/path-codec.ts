/** The bytes that one member is given under their session; table: docs/spec/key-tree.md. */
import { ByteReader } from './byte-reader.js'
import { ByteWriter } from './byte-writer.js'
import { treeError } from './errors.js'
import { keyBytes, leavesBelow, maxLevels } from './shape.js'

const pathVersion = 2
const headBytes = 14

export interface PathHead {
  /** Of the last commit that these keys include. */
  readonly epoch: number
  readonly leaf: number
  readonly leafVersion: number
}

/** One node of a path: its key is 32 bytes of `keys` from `offset` on. */
export interface PathNode {
  readonly version: number
  readonly keys: Uint8Array
  readonly offset: number
}

export interface PathContent extends PathHead {
  /** Of level 1 to the root. */
  readonly versions: readonly number[]
  /** The keys of the same levels, joined. */
  readonly keys: Uint8Array
}

/** From level 1 to the root. Secret: the caller wipes it. */
export function encodePath({ epoch, leaf, leafVersion }: PathHead, nodes: readonly PathNode[]): Uint8Array {
  const writer = new ByteWriter(headBytes + nodes.length * (4 + keyBytes))
  writer.u8(pathVersion)
  writer.u8(nodes.length)
  for (const value of [epoch, leaf, leafVersion]) writer.u32(value)
  for (const { version } of nodes) writer.u32(version)
  for (const { keys, offset } of nodes) writer.part(keys, offset, keyBytes)
  return writer.finish()
}

const refuse = (reason: string): Error => treeError('conference/bad-path', { reason })

/** The keys are a fresh copy. @throws ChartsealError `conference/bad-path` */
export function parsePath(bytes: Uint8Array): PathContent {
  const reader = new ByteReader(bytes, refuse)
  if (reader.u8() !== pathVersion) throw refuse('it is of another version')
  const levels = reader.u8()
  if (levels === 0 || levels > maxLevels) throw refuse('it has no level, or too many')
  const [epoch, leaf, leafVersion] = [reader.u32(), reader.u32(), reader.u32()]
  const versions = Array.from({ length: levels }, () => reader.u32())
  const keys = reader.bytes(levels * keyBytes)
  reader.end()
  if (leaf >= leavesBelow(levels)) throw refuse('the leaf stands outside of the tree')
  if ([epoch, leafVersion, ...versions].includes(0)) throw refuse('epoch and versions begin with 1')
  return { epoch, leaf, leafVersion, versions, keys: keys.slice() }
}
