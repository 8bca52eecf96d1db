/** HKDF-SHA256 of many inputs, in the lanes of the engine: a reader tries hundreds of keys for one message. */
import { concat } from '@chartseal/core/bytes'
import { defaultEngine } from '@chartseal/core/engine'

const blockBytes = 64
const innerByte = 0x36
const outerByte = 0x5c
const noSalt = new Uint8Array()
const firstBlock = Uint8Array.of(1)

/** A message and the key that it is authenticated under; of at most one block. */
export interface HmacInput {
  readonly key: Uint8Array
  readonly message: Uint8Array
}

/** RFC 5869 2.2 without a salt: 32 bytes for each input. The caller wipes them. */
export function extractMany(inputs: readonly Uint8Array[]): readonly Uint8Array[] {
  return hmacMany(inputs.map(message => ({ key: noSalt, message })))
}

/** RFC 5869 2.3, the first 32 bytes for each key and context. The caller wipes them. */
export function expandMany(
  inputs: readonly { readonly prk: Uint8Array; readonly info: Uint8Array }[],
): readonly Uint8Array[] {
  return hmacMany(inputs.map(({ prk, info }) => ({ key: prk, message: concat(info, firstBlock) })))
}

/** RFC 2104, for keys of at most one block. */
function hmacMany(inputs: readonly HmacInput[]): readonly Uint8Array[] {
  const inner = hashed(inputs.map(({ key, message }) => concat(padded(key, innerByte), message)))
  const outer = hashed(inputs.map(({ key }, i) => concat(padded(key, outerByte), inner[i] ?? noSalt)))
  wipeAll(inner)
  return outer
}

/** Takes over the messages, which hold keys, and wipes them. */
function hashed(messages: readonly Uint8Array[]): readonly Uint8Array[] {
  const digests = defaultEngine().sha256Many(messages)
  wipeAll(messages)
  return digests
}

function padded(key: Uint8Array, byte: number): Uint8Array {
  const block = new Uint8Array(blockBytes).fill(byte)
  for (let i = 0; i < key.length; i++) block[i] = (key[i] ?? 0) ^ byte
  return block
}

function wipeAll(all: readonly Uint8Array[]): void {
  for (const bytes of all) bytes.fill(0)
}
