/** What both engines refuse before they compute: the caller's mistakes. */
import type { GfCoefficients, NonceSearch } from './types.js'

export const hmacKeyBytes = 32
/** What fits a block with its padding, FIPS 180-4 5.1.1. */
const maxHmacMessageBytes = 55

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

/** Bytes of each message. @throws TypeError, RangeError */
export function requireHmacs(keys: Uint8Array, messages: Uint8Array): number {
  requireBytes('keys', keys)
  requireBytes('messages', messages)
  const count = keys.length / hmacKeyBytes
  if (!Number.isInteger(count)) throw new RangeError(`keys must have ${hmacKeyBytes} bytes each`)
  if (count === 0 && messages.length === 0) return 0
  const sizeBytes = messages.length / count
  if (!Number.isInteger(sizeBytes) || sizeBytes > maxHmacMessageBytes)
    throw new RangeError(`messages must be one for each key, of one length, at most ${maxHmacMessageBytes}`)
  return sizeBytes
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

/** Of a field with 256 elements, all but one. */
const maxPoints = 255

/** @throws TypeError, RangeError */
export function requireSharing(
  coefficients: GfCoefficients,
  xs: readonly number[],
  shares: readonly Uint8Array[],
  secret?: Uint8Array,
): void {
  const sizeBytes = shares[0]?.length ?? 0
  requireRows('a share', shares, sizeBytes)
  if (secret !== undefined) requireRows('secret', [secret], sizeBytes)
  requireCoefficients(coefficients, sizeBytes)
  requireNumbers('xs', xs, 1)
  if (xs.length !== shares.length) throw new RangeError('xs must have one point for each share')
}

function requireCoefficients(coefficients: GfCoefficients, size: number): void {
  const isGiven = !('count' in coefficients)
  const count = isGiven ? coefficients.length : coefficients.count
  if (!Number.isInteger(count) || count < 1 || count >= maxPoints) {
    throw new RangeError('coefficients must have 1 to 254 rows')
  }
  if (isGiven) requireRows('a coefficient', coefficients, size)
}

/** @throws TypeError, RangeError */
export function requireCombination(
  ys: readonly Uint8Array[],
  weights: readonly number[],
  output: Uint8Array,
): void {
  requireBytes('output', output)
  requireNumbers('weights', weights, 0)
  if (ys.length !== weights.length) throw new RangeError('weights must have one number for each input')
  requireRows('an input', ys, output.length)
}

function requireRows(name: string, rows: readonly Uint8Array[], size: number): void {
  for (const row of rows) {
    requireBytes(name, row)
    if (row.length !== size) throw new RangeError(`${name} must be as long as the others`)
  }
}

function requireNumbers(name: string, values: readonly number[], least: number): void {
  if (values.length < 1 || values.length > maxPoints)
    throw new RangeError(`${name} must have 1 to 255 numbers`)
  for (const value of values) {
    if (!Number.isInteger(value) || value < least || value > 255) {
      throw new RangeError(`${name} must be numbers from ${least} to 255`)
    }
  }
}
