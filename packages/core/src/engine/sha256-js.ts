/** SHA-256 (FIPS 180-4) in JavaScript, for places that have no WebAssembly. */
import { requireBytes } from './checks.js'
import type { Sha256 } from './types.js'

const initialState = Int32Array.of(
  0x6a09e667,
  0xbb67ae85,
  0x3c6ef372,
  0xa54ff53a,
  0x510e527f,
  0x9b05688c,
  0x1f83d9ab,
  0x5be0cd19,
)

export const roundConstants: Int32Array = Int32Array.of(
  0x428a2f98,
  0x71374491,
  0xb5c0fbcf,
  0xe9b5dba5,
  0x3956c25b,
  0x59f111f1,
  0x923f82a4,
  0xab1c5ed5,
  0xd807aa98,
  0x12835b01,
  0x243185be,
  0x550c7dc3,
  0x72be5d74,
  0x80deb1fe,
  0x9bdc06a7,
  0xc19bf174,
  0xe49b69c1,
  0xefbe4786,
  0x0fc19dc6,
  0x240ca1cc,
  0x2de92c6f,
  0x4a7484aa,
  0x5cb0a9dc,
  0x76f988da,
  0x983e5152,
  0xa831c66d,
  0xb00327c8,
  0xbf597fc7,
  0xc6e00bf3,
  0xd5a79147,
  0x06ca6351,
  0x14292967,
  0x27b70a85,
  0x2e1b2138,
  0x4d2c6dfc,
  0x53380d13,
  0x650a7354,
  0x766a0abb,
  0x81c2c92e,
  0x92722c85,
  0xa2bfe8a1,
  0xa81a664b,
  0xc24b8b70,
  0xc76c51a3,
  0xd192e819,
  0xd6990624,
  0xf40e3585,
  0x106aa070,
  0x19a4c116,
  0x1e376c08,
  0x2748774c,
  0x34b0bcb5,
  0x391c0cb3,
  0x4ed8aa4a,
  0x5b9cca4f,
  0x682e6ff3,
  0x748f82ee,
  0x78a5636f,
  0x84c87814,
  0x8cc70208,
  0x90befffa,
  0xa4506ceb,
  0xbef9a3f7,
  0xc67178f2,
)

export function newState(): Int32Array {
  return initialState.slice()
}

/** An element that is known to be there. */
export function at(words: Int32Array, index: number): number {
  return words[index] ?? 0
}

const rotate = (word: number, by: number): number => (word >>> by) | (word << (32 - by))

/** Fills words 16 to 63 of a schedule from its first 16 (FIPS 180-4 6.2.2, step 1). */
function expand(schedule: Int32Array): void {
  for (let t = 16; t < 64; t++) {
    const w15 = at(schedule, t - 15)
    const w2 = at(schedule, t - 2)
    const s0 = rotate(w15, 7) ^ rotate(w15, 18) ^ (w15 >>> 3)
    const s1 = rotate(w2, 17) ^ rotate(w2, 19) ^ (w2 >>> 10)
    schedule[t] = (s1 + at(schedule, t - 7) + s0 + at(schedule, t - 16)) | 0
  }
}

/** One compression (FIPS 180-4 6.2.2): block in words 0 to 15 of `schedule`; `state` is changed in place. */
export function compress(state: Int32Array, schedule: Int32Array): void {
  expand(schedule)
  let a = at(state, 0)
  let b = at(state, 1)
  let c = at(state, 2)
  let d = at(state, 3)
  let e = at(state, 4)
  let f = at(state, 5)
  let g = at(state, 6)
  let h = at(state, 7)
  for (let t = 0; t < 64; t++) {
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
  state[0] = at(state, 0) + a
  state[1] = at(state, 1) + b
  state[2] = at(state, 2) + c
  state[3] = at(state, 3) + d
  state[4] = at(state, 4) + e
  state[5] = at(state, 5) + f
  state[6] = at(state, 6) + g
  state[7] = at(state, 7) + h
}

/** Compresses the whole blocks of `data` from `offset` on; answers where the first incomplete one starts. */
export function compressBlocks(
  state: Int32Array,
  schedule: Int32Array,
  data: Uint8Array,
  offset: number,
): number {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength)
  let position = offset
  for (; position + 64 <= data.length; position += 64) {
    for (let t = 0; t < 16; t++) schedule[t] = view.getInt32(position + 4 * t)
    compress(state, schedule)
  }
  return position
}

/** The state as 32 big-endian bytes. */
function stateBytes(state: Int32Array): Uint8Array {
  const bytes = new Uint8Array(32)
  const view = new DataView(bytes.buffer)
  for (let i = 0; i < 8; i++) view.setInt32(4 * i, at(state, i))
  return bytes
}

/** The schedule of every computation: each fills it anew, and the last to use it wipes it. */
const sharedSchedule = new Int32Array(64)

export class JsSha256 implements Sha256 {
  readonly #state = newState()
  readonly #pending = new Uint8Array(64)
  #lengthBytes = 0
  #ended = false

  update(data: Uint8Array): this {
    requireBytes('data', data)
    this.#requireOpen()
    const held = this.#lengthBytes % 64
    this.#lengthBytes += data.length
    if (held + data.length < 64) {
      this.#pending.set(data, held)
      return this
    }
    let taken = 0
    if (held > 0) {
      taken = 64 - held
      this.#pending.set(data.subarray(0, taken), held)
      compressBlocks(this.#state, sharedSchedule, this.#pending, 0)
    }
    taken = compressBlocks(this.#state, sharedSchedule, data, taken)
    this.#pending.set(data.subarray(taken))
    return this
  }

  digest(): Uint8Array {
    this.#requireOpen()
    this.#ended = true
    this.#pad()
    const bytes = stateBytes(this.#state)
    this.#state.fill(0)
    this.#pending.fill(0)
    sharedSchedule.fill(0)
    return bytes
  }

  /** FIPS 180-4 5.1.1. */
  #pad(): void {
    const held = this.#lengthBytes % 64
    const view = new DataView(this.#pending.buffer)
    this.#pending.fill(0, held)
    this.#pending[held] = 0x80
    if (held >= 56) {
      compressBlocks(this.#state, sharedSchedule, this.#pending, 0)
      this.#pending.fill(0)
    }
    view.setUint32(56, this.#lengthBytes / 2 ** 29)
    view.setUint32(60, this.#lengthBytes << 3)
    compressBlocks(this.#state, sharedSchedule, this.#pending, 0)
  }

  #requireOpen(): void {
    if (this.#ended) throw new Error('this SHA-256 computation has ended')
  }
}
