/** HKDF-SHA256 of many inputs, in the lanes of the engine: a reader tries hundreds of keys, a list has thousands of people. */
import { concat } from './bytes.js'
import { defaultEngine } from './engine.js'

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
  const inner = keyedHashes(innerByte, inputs)
  const outer = keyedHashes(
    outerByte,
    inputs.map(({ key }, i) => ({ key, message: inner[i] ?? noSalt })),
  )
  for (const bytes of inner) bytes.fill(0)
  return outer
}

/** SHA-256 of each message behind the block of its key; they stand in one memory, which is wiped. */
function keyedHashes(byte: number, inputs: readonly HmacInput[]): readonly Uint8Array[] {
  const memory = new Uint8Array(inputs.reduce((sum, { message }) => sum + blockBytes + message.length, 0))
  let end = 0
  const blocks = inputs.map(({ key, message }) => {
    const start = end
    end += blockBytes + message.length
    memory.fill(byte, start, start + blockBytes)
    for (let i = 0; i < key.length; i++) memory[start + i] = (key[i] ?? 0) ^ byte
    memory.set(message, start + blockBytes)
    return memory.subarray(start, end)
  })
  try {
    return defaultEngine().sha256Many(blocks)
  } finally {
    memory.fill(0)
  }
}
