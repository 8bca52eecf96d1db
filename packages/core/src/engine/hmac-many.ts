/** HMAC-SHA-256 (RFC 2104) of many short messages, each under a key of its own, in memory that lies together. */
import { hmacKeyBytes, requireHmacs } from './checks.js'
import type { WasmExports } from './wasm-module.js'

const blockBytes = 64
const innerPad = 0x36
const outerPad = 0x5c
/** So many fit the regions of the module, with messages of the greatest length. */
const atOnce = 1_024

/** The regions of linear memory that are used here. */
interface Regions {
  readonly input: Uint8Array
  readonly accumulator: Uint8Array
}

/** Four at once. Whoever is left over has lanes of zeros beside them. */
export function hmacInLanes(
  wasm: WasmExports,
  { input, accumulator }: Regions,
  keys: Uint8Array,
  messages: Uint8Array,
): void {
  const sizeBytes = requireHmacs(keys, messages)
  const total = keys.length / hmacKeyBytes
  for (let first = 0; first < total; first += atOnce) {
    const count = Math.min(atOnce, total - first)
    const [start, end] = [first * hmacKeyBytes, (first + count) * hmacKeyBytes]
    const isAll = count === total
    input.set(isAll ? keys : keys.subarray(start, end))
    accumulator.set(isAll ? messages : messages.subarray(first * sizeBytes, (first + count) * sizeBytes))
    wasm.hmacMany(count, sizeBytes)
    keys.set(input.subarray(0, end - start), start)
    input.fill(0, 0, end - start + 3 * hmacKeyBytes)
    accumulator.fill(0, 0, count * sizeBytes)
  }
}

/** One after the other, by a hash. */
export function hmacEach(
  keys: Uint8Array,
  messages: Uint8Array,
  sha256: (message: Uint8Array) => Uint8Array,
): void {
  const sizeBytes = requireHmacs(keys, messages)
  const inner = new Uint8Array(blockBytes + sizeBytes)
  const outer = new Uint8Array(blockBytes + hmacKeyBytes)
  for (let i = 0; i * hmacKeyBytes < keys.length; i++) {
    const key = keys.subarray(i * hmacKeyBytes, (i + 1) * hmacKeyBytes)
    padKey(inner, key, innerPad)
    inner.set(messages.subarray(i * sizeBytes, (i + 1) * sizeBytes), blockBytes)
    padKey(outer, key, outerPad)
    const digest = sha256(inner)
    outer.set(digest, blockBytes)
    const tag = sha256(outer)
    key.set(tag)
    for (const bytes of [digest, tag]) bytes.fill(0)
  }
  for (const bytes of [inner, outer]) bytes.fill(0)
}

function padKey(block: Uint8Array, key: Uint8Array, pad: number): void {
  for (let i = 0; i < hmacKeyBytes; i++) block[i] = (key[i] ?? 0) ^ pad
  block.fill(pad, hmacKeyBytes, blockBytes)
}
