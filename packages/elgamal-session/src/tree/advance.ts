/** HKDF-Expand of many keys at once, in the lanes of the engine: a join changes a key on every level. */
import { encodeUtf8 } from '@chartseal/core/encoding'
import { defaultEngine } from '@chartseal/core/engine'
import type { NodeVersion } from './derive.js'
import { keyBytes } from './shape.js'

const label = encodeUtf8('chartseal/lkh-join/v2')
const blockBytes = 64
const innerPad = 0x36
const outerPad = 0x5c
const nameAt = blockBytes + label.length
const innerBytes = nameAt + 10
const outerBytes = blockBytes + keyBytes
const lanes = 64

/** The messages of the inner and the outer hash (RFC 2104), of which each use fills in keys and names, and wipes them. */
const inner = messages(innerBytes, innerPad)
const outer = messages(outerBytes, outerPad)
for (const message of inner) {
  message.set(label, blockBytes)
  message[innerBytes - 1] = 1
}

function messages(sizeBytes: number, pad: number): readonly Uint8Array<ArrayBuffer>[] {
  const memory = new Uint8Array(lanes * sizeBytes)
  return Array.from({ length: lanes }, (_, lane) =>
    memory.subarray(lane * sizeBytes, (lane + 1) * sizeBytes).fill(pad, keyBytes, blockBytes),
  )
}

/** A node whose key, 32 bytes of `keys` from `offset` on, moves on in its place; `version` is that of the new key. */
export interface Advance extends NodeVersion {
  readonly keys: Uint8Array
  readonly offset: number
}

/** Each key becomes HKDF-Expand(key, "chartseal/lkh-join/v2" ‖ level ‖ index ‖ version). */
export function advanceKeys(nodes: readonly Advance[]): void {
  for (let at = 0; at < nodes.length; at += lanes) advanceSome(nodes.slice(at, at + lanes))
}

function advanceSome(nodes: readonly Advance[]): void {
  const count = nodes.length
  const engine = defaultEngine()
  for (let lane = 0; lane < count; lane++) fillIn(lane, nodes[lane])
  const digests = engine.sha256Many(inner.slice(0, count))
  for (let lane = 0; lane < count; lane++) move(digests[lane], outer[lane], blockBytes)
  const keys = engine.sha256Many(outer.slice(0, count))
  for (let lane = 0; lane < count; lane++) {
    const node = nodes[lane]
    move(keys[lane], node?.keys, node?.offset)
    inner[lane]?.fill(0, 0, keyBytes)
    outer[lane]?.fill(0, 0, keyBytes).fill(0, blockBytes)
  }
}

function move(from: Uint8Array | undefined, to: Uint8Array | undefined, offset: number | undefined): void {
  if (from === undefined || to === undefined) throw new Error('internal: one result for each lane')
  to.set(from, offset)
  from.fill(0)
}

function fillIn(lane: number, node: Advance | undefined): void {
  const [first, second] = [inner[lane], outer[lane]]
  if (first === undefined || second === undefined || node === undefined)
    throw new Error('internal: one node for each lane')
  const { keys, offset, level, index, version } = node
  for (let i = 0; i < keyBytes; i++) {
    const byte = keys[offset + i] ?? 0
    first[i] = byte ^ innerPad
    second[i] = byte ^ outerPad
  }
  first[nameAt] = level
  writeU32(first, nameAt + 1, index)
  writeU32(first, nameAt + 5, version)
}

/** Big-endian. */
export function writeU32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24
  bytes[at + 1] = value >>> 16
  bytes[at + 2] = value >>> 8
  bytes[at + 3] = value
}
