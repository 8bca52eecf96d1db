/** What both engines refuse before they compute: the caller's mistakes. */
import type { NonceSearch } from './types.js'

/** @throws TypeError unless it is a `Uint8Array`, of this realm or another */
export function requireBytes(name: string, value: unknown): void {
  const isBytes =
    value instanceof Uint8Array || Object.prototype.toString.call(value) === '[object Uint8Array]'
  if (!isBytes) throw new TypeError(`${name} must be a Uint8Array`)
}

/** @throws TypeError unless it is an array of `Uint8Array` */
export function requireMessages(messages: unknown): void {
  if (!Array.isArray(messages)) throw new TypeError('messages must be an array of Uint8Array')
  for (let i = 0; i < messages.length; i++) requireBytes(`message ${i}`, messages[i])
}

/** @throws TypeError, RangeError */
export function requireSearch({ prefix, target, from, count }: NonceSearch): void {
  requireBytes('prefix', prefix)
  requireBytes('target', target)
  if (target.length !== 32) throw new RangeError('target must be 32 bytes')
  if (typeof from !== 'bigint') throw new TypeError('from must be a bigint')
  if (!Number.isSafeInteger(count) || count < 0)
    throw new RangeError('count must be a safe integer, 0 or more')
  if (from < 0n || from + BigInt(count) > 1n << 64n) throw new RangeError('nonces are from 0 to 2^64 - 1')
}

/** @throws TypeError, RangeError */
export function requireGfOperands(accumulator: Uint8Array, input: Uint8Array, factor: number): void {
  requireBytes('accumulator', accumulator)
  requireBytes('input', input)
  if (accumulator.length !== input.length) throw new RangeError('accumulator and input must have one length')
  if (!Number.isInteger(factor) || factor < 0 || factor > 255) throw new RangeError('factor must be 0 to 255')
}
