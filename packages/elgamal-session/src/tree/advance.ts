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

/** A node whose key moves on, in place; `version` is that of the new key. */
export interface Advance extends NodeVersion {
  readonly key: Uint8Array
}

/** Each key becomes HKDF-Expand(key, "chartseal/lkh-join/v2" ‖ level ‖ index ‖ version ‖). */
export function advanceKeys(nodes: readonly Advance[]): void {
  for (let at = 0; at < nodes.length; at += lanes) advanceSome(nodes.slice(at, at + lanes))
}

function advanceSome(nodes: readonly Advance[]): void {
  for (const [lane, node] of nodes.entries()) fillIn(lane, node)
  const engine = defaultEngine()
  const digests = engine.sha256Many(inner.slice(0, nodes.length))
  for (const [lane, digest] of digests.entries()) {
    outer[lane]?.set(digest, blockBytes)
    digest.fill(0)
  }
  for (const [lane, key] of engine.sha256Many(outer.slice(0, nodes.length)).entries()) {
    nodes[lane]?.key.set(key)
    key.fill(0)
    inner[lane]?.fill(0, 0, keyBytes)
    outer[lane]?.fill(0, 0, keyBytes).fill(0, blockBytes)
  }
}

function fillIn(lane: number, { level, index, version, key }: Advance): void {
  const [first, second] = [inner[lane], outer[lane]]
  if (first === undefined || second === undefined) throw new Error('internal: no such lane')
  for (let i = 0; i < keyBytes; i++) {
    const byte = key[i] ?? 0
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
