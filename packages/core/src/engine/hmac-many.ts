/** HMAC-SHA-256 (RFC 2104) of many short messages, each under a key of its own, and HKDF (RFC 5869) without info. */
import { hmacKeyBytes, requireHkdf, requireHmacs } from './checks.js'
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
  for (let i = 0; i * hmacKeyBytes < keys.length; i++) {
    const key = keys.subarray(i * hmacKeyBytes, (i + 1) * hmacKeyBytes)
    const tag = hmacBy(sha256, key, messages.subarray(i * sizeBytes, (i + 1) * sizeBytes))
    key.set(tag)
    tag.fill(0)
  }
}

/** The outputs, joined. */
export function hkdfInModule(
  wasm: WasmExports,
  { input, accumulator }: Regions,
  salt: Uint8Array,
  secret: Uint8Array,
  count: number,
): Uint8Array {
  requireHkdf(salt, secret, count)
  input.set(salt)
  input.set(secret, hmacKeyBytes)
  wasm.hkdf(secret.length, count)
  const outputs = accumulator.slice(0, count * hmacKeyBytes)
  input.fill(0, 0, hmacKeyBytes + Math.max(secret.length, 1))
  accumulator.fill(0, 0, outputs.length)
  return outputs
}

/** The same, by a hash. */
export function hkdfBy(
  sha256: (message: Uint8Array) => Uint8Array,
  salt: Uint8Array,
  secret: Uint8Array,
  count: number,
): Uint8Array {
  requireHkdf(salt, secret, count)
  const prk = hmacBy(sha256, salt, secret)
  const outputs = new Uint8Array(count * hmacKeyBytes)
  const message = new Uint8Array(hmacKeyBytes + 1)
  for (let i = 0; i < count; i++) {
    const end = i * hmacKeyBytes
    if (i > 0) message.set(outputs.subarray(end - hmacKeyBytes, end))
    message[hmacKeyBytes] = i + 1
    const output = hmacBy(sha256, prk, i === 0 ? message.subarray(hmacKeyBytes) : message)
    outputs.set(output, end)
    output.fill(0)
  }
  for (const bytes of [prk, message]) bytes.fill(0)
  return outputs
}

function hmacBy(
  sha256: (message: Uint8Array) => Uint8Array,
  key: Uint8Array,
  message: Uint8Array,
): Uint8Array {
  const [inner, outer] = [
    new Uint8Array(blockBytes + message.length),
    new Uint8Array(blockBytes + hmacKeyBytes),
  ]
  padKey(inner, key, innerPad)
  inner.set(message, blockBytes)
  padKey(outer, key, outerPad)
  const digest = sha256(inner)
  outer.set(digest, blockBytes)
  const tag = sha256(outer)
  for (const bytes of [inner, outer, digest]) bytes.fill(0)
  return tag
}

function padKey(block: Uint8Array, key: Uint8Array, pad: number): void {
  for (let i = 0; i < hmacKeyBytes; i++) block[i] = (key[i] ?? 0) ^ pad
  block.fill(pad, hmacKeyBytes, blockBytes)
}
