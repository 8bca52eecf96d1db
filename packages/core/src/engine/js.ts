/** The engine in JavaScript: always there, also where a page forbids WebAssembly. */
import { requireMessages } from './checks.js'
import { makeGfBulk } from './gf256-bulk.js'
import { makeGfMultiply } from './gf256-js.js'
import { makeJsRows } from './gf256-rows.js'
import { type NonceSlice, type SearchPlan, type SliceSearch, searchInSlices } from './search.js'
import { firstWord, prepareBlock } from './search-js.js'
import { at, compress, compressBlocks, JsSha256, newState } from './sha256-js.js'
import type { Engine } from './types.js'

const sliceSize = 2 ** 32

/** @param fallbackReason why WebAssembly was refused, where it was asked for */
export function makeJsEngine(fallbackReason: string | null): Engine {
  return {
    name: 'js',
    fallbackReason,
    module: null,
    searchLanes: 1,
    sha256,
    createSha256: () => new JsSha256(),
    sha256Many(messages) {
      requireMessages(messages)
      return messages.map(sha256)
    },
    searchNonce: search => searchInSlices(search, sliceSize, prepareSearch, sha256),
    gfMultiplyAccumulate: makeGfMultiply(),
    ...makeGfBulk(makeJsRows),
  }
}

function sha256(message: Uint8Array): Uint8Array {
  return new JsSha256().update(message).digest()
}

/** Hashes everything before the nonce once; each nonce then costs its last one or two blocks. */
function prepareSearch(plan: SearchPlan, targetBytes: Uint8Array): SliceSearch {
  const schedule = new Int32Array(64)
  const midstate = newState()
  compressBlocks(midstate, schedule, plan.fixedBlocks, 0)
  const blocks = bigEndianWords(plan.lastBlocks)
  const target = bigEndianWords(targetBytes)
  const state = new Int32Array(8)
  const isOneByOne = blocks.length > 16 || plan.nonceOffset % 4 !== 0
  return ({ low, high, count }: NonceSlice) => {
    writeNonce(blocks, plan.nonceOffset, 0, high)
    const prepared = isOneByOne ? null : prepareBlock(blocks, plan.nonceOffset / 4, midstate)
    const limit = at(target, 0) >>> 0
    for (let i = 0; i < count; i++) {
      if (prepared !== null && firstWord(prepared, swapBytes(low + i)) > limit) continue
      writeNonce(blocks, plan.nonceOffset, low + i, high)
      state.set(midstate)
      for (let start = 0; start < blocks.length; start += 16) {
        for (let t = 0; t < 16; t++) schedule[t] = at(blocks, start + t)
        compress(state, schedule)
      }
      if (isAtMost(state, target)) return i
    }
    return -1
  }
}

function bigEndianWords(bytes: Uint8Array): Int32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return Int32Array.from({ length: bytes.length / 4 }, (_, i) => view.getInt32(4 * i))
}

const swapBytes = (word: number): number =>
  ((word & 0xff) << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24)

/** Writes a little-endian nonce into big-endian words; bytes around it are kept. */
function writeNonce(words: Int32Array, offset: number, low: number, high: number): void {
  const first = swapBytes(low)
  const second = swapBytes(high)
  const index = offset >>> 2
  const shift = 8 * (offset & 3)
  if (shift === 0) {
    words[index] = first
    words[index + 1] = second
    return
  }
  const kept = -1 >>> shift
  words[index] = (at(words, index) & ~kept) | (first >>> shift)
  words[index + 1] = (first << (32 - shift)) | (second >>> shift)
  words[index + 2] = (at(words, index + 2) & kept) | (second << (32 - shift))
}

/** Both are 256-bit numbers in big-endian words. */
function isAtMost(value: Int32Array, limit: Int32Array): boolean {
  for (let i = 0; i < 8; i++) {
    const difference = (at(value, i) >>> 0) - (at(limit, i) >>> 0)
    if (difference !== 0) return difference < 0
  }
  return true
}
