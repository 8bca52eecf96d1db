/** A stream of numbers by a seed (xorshift128, Marsaglia 2003): the same seed gives the same inputs on every machine. */
export class Dice {
  #state

  constructor(seed) {
    this.#state = Uint32Array.of(
      123456789 ^ seed,
      362436069 ^ Math.imul(seed, 0x9e3779b1),
      521288629,
      88675123,
    )
    for (let i = 0; i < 16; i++) this.word()
  }

  /** 32 bits. */
  word() {
    const state = this.#state
    let t = state[3]
    const s = state[0]
    state[3] = state[2]
    state[2] = state[1]
    state[1] = s
    t ^= t << 11
    t ^= t >>> 8
    state[0] = t ^ s ^ (s >>> 19)
    return state[0]
  }

  /** 0 to `count` - 1. */
  below(count) {
    return count <= 1 ? 0 : this.word() % count
  }

  /** Once in so many times. */
  once(times) {
    return this.below(times) === 0
  }

  of(list) {
    return list[this.below(list.length)]
  }

  bytes(sizeBytes) {
    return Uint8Array.from({ length: sizeBytes }, () => this.below(256))
  }

  /** Short more often than long, from 1 on. */
  size(most) {
    return 1 + this.below(1 + this.below(1 + this.below(Math.max(1, most))))
  }
}
