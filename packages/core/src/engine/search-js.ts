/** The search loop in JavaScript for a nonce that lies on a word of one last block, as in every block header. */
import { at, roundConstants } from './sha256-js.js'

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
export function prepareBlock(block: Int32Array, nonceWord: number, midstate: Int32Array): PreparedBlock {
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
export function firstWord({ nonceWord, schedule, start, first }: PreparedBlock, nonce: number): number {
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
