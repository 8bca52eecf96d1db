/** What both engines do around their search loop: the last blocks of the message, slices, the hit. */
import { concat, fromBigIntLE } from '../bytes.js'
import { requireSearch } from './checks.js'
import type { NonceHit, NonceSearch } from './types.js'

/** A message split where the midstate ends: whole blocks, hashed once, and the blocks that hold the nonce. */
export interface SearchPlan {
  /** A multiple of 64 bytes. */
  readonly fixedBlocks: Uint8Array
  /** 64 or 128 bytes: the rest of the prefix, a nonce of zero, padding and length (FIPS 180-4 5.1.1). */
  readonly lastBlocks: Uint8Array
  /** Where the nonce starts in `lastBlocks`, 0 to 63. */
  readonly nonceOffset: number
}

/** A slice of nonces that share their high 32 bits. */
export interface NonceSlice {
  readonly low: number
  readonly high: number
  readonly count: number
}

/** Tries a slice: how far the lowest satisfying nonce is from its start, or -1. */
export type SliceSearch = (slice: NonceSlice) => number

const nonceBytes = 8
const paddingBytes = 9

function planSearch(prefix: Uint8Array): SearchPlan {
  const nonceOffset = prefix.length % 64
  const lastBlocks = new Uint8Array(nonceOffset + nonceBytes + paddingBytes <= 64 ? 64 : 128)
  lastBlocks.set(prefix.subarray(prefix.length - nonceOffset))
  lastBlocks[nonceOffset + nonceBytes] = 0x80
  const lengthBits = BigInt(prefix.length + nonceBytes) * 8n
  new DataView(lastBlocks.buffer).setBigUint64(lastBlocks.length - 8, lengthBits)
  return { fixedBlocks: prefix.subarray(0, prefix.length - nonceOffset), lastBlocks, nonceOffset }
}

/**
 * Searches a range in slices of at most `sliceSize`, in order, so that the first hit is the lowest nonce.
 * @throws TypeError, RangeError
 */
export function searchInSlices(
  search: NonceSearch,
  sliceSize: number,
  prepare: (plan: SearchPlan, target: Uint8Array) => SliceSearch,
  sha256: (message: Uint8Array) => Uint8Array,
): NonceHit | null {
  requireSearch(search)
  const trySlice = prepare(planSearch(search.prefix), search.target)
  const end = search.from + BigInt(search.count)
  for (let start = search.from; start < end; ) {
    const slice = sliceFrom(start, end, sliceSize)
    const found = trySlice(slice)
    if (found >= 0) return hit(search.prefix, start + BigInt(found), sha256)
    start += BigInt(slice.count)
  }
  return null
}

function sliceFrom(start: bigint, end: bigint, sliceSize: number): NonceSlice {
  const low = Number(start & 0xffffffffn)
  const left = Number(end - start)
  return { low, high: Number(start >> 32n), count: Math.min(left, sliceSize, 2 ** 32 - low) }
}

function hit(prefix: Uint8Array, nonce: bigint, sha256: (message: Uint8Array) => Uint8Array): NonceHit {
  return { nonce, hash: sha256(concat(prefix, fromBigIntLE(nonce, nonceBytes))) }
}
