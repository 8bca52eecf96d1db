/** The engine in JavaScript: always there, also where a page forbids WebAssembly. */
import { requireMessages } from './checks.js'
import { makeGfBulk } from './gf256-bulk.js'
import { makeGfMultiply, makeJsRows } from './gf256-js.js'
import { hkdfBy, hmacEach } from './hmac-many.js'
import { type NonceSlice, type SearchPlan, type SliceSearch, searchInSlices } from './search.js'
import { at, compress, compressBlocks, JsSha256, newState, roundConstants } from './sha256-js.js'
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
    hkdf: (salt, secret, count) => hkdfBy(sha256, salt, secret, count),
    hmacMany: (keys, messages) => hmacEach(keys, messages, sha256),
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

// For a nonce that is a word of one last block, as in every block header.

/** What a slice computes once (FIPS 180-4 6.2.2): the rounds before the nonce's, and where to go on from. */
export interface PreparedBlock {
  /** The word that holds the low half of the nonce. */
  readonly nonceWord: number
  /** 64 words of the schedule; the nonce's and those from 16 on are made anew for each nonce. */
  readonly schedule: Int32Array
  /** The state before the nonce's round. */
  readonly start: Int32Array
  /** The first word of the state that the hash is added to (step 4). */
  readonly first: number
}

const rotate = (word: number, by: number): number => (word >>> by) | (word << (32 - by))

/** `block` has 16 words and a nonce with a low half of zero. */
function prepareBlock(block: Int32Array, nonceWord: number, midstate: Int32Array): PreparedBlock {
  const schedule = new Int32Array(64)
  schedule.set(block)
  const start = midstate.slice()
  for (let t = 0; t < nonceWord; t++) roundInPlace(start, (at(roundConstants, t) + at(block, t)) | 0)
  return { nonceWord, schedule, start, first: at(midstate, 0) }
}

function roundInPlace(state: Int32Array, addend: number): void {
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = state
  const S1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)
  const t1 = (h + S1 + (g ^ (e & (f ^ g))) + addend) | 0
  const S0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)
  state.set([t1 + S0 + ((a & b) | (c & (a | b))), a, b, c, d + t1, e, f, g])
}

/** The first 32 bits of the hash, unsigned, for a nonce whose low half has these big-endian bytes. */
function firstWord({ nonceWord, schedule, start, first }: PreparedBlock, nonce: number): number {
  schedule[nonceWord] = nonce
  for (let t = 16; t < 64; t++) {
    const w15 = at(schedule, t - 15)
    const w2 = at(schedule, t - 2)
    const s0 = rotate(w15, 7) ^ rotate(w15, 18) ^ (w15 >>> 3)
    const s1 = rotate(w2, 17) ^ rotate(w2, 19) ^ (w2 >>> 10)
    schedule[t] = (s1 + at(schedule, t - 7) + s0 + at(schedule, t - 16)) | 0
  }
  let a = at(start, 0)
  let b = at(start, 1)
  let c = at(start, 2)
  let d = at(start, 3)
  let e = at(start, 4)
  let f = at(start, 5)
  let g = at(start, 6)
  let h = at(start, 7)
  for (let t = nonceWord; t < 64; t++) {
    const S1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)
    const t1 = (h + S1 + (g ^ (e & (f ^ g))) + at(roundConstants, t) + at(schedule, t)) | 0
    const S0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)
    const t2 = (S0 + ((a & b) | (c & (a | b)))) | 0
    h = g
    g = f
    f = e
    e = (d + t1) | 0
    d = c
    c = b
    b = a
    a = (t1 + t2) | 0
  }
  return (a + first) >>> 0
}
