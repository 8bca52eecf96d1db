/** Reads what {@link ByteWriter} writes, and no other spelling of it. */
export class ByteReader {
  readonly #bytes: Uint8Array
  readonly #refuse: (reason: string) => Error
  #at = 0

  /** @param refuse makes the error of whoever reads */
  constructor(bytes: Uint8Array, refuse: (reason: string) => Error) {
    this.#bytes = bytes
    this.#refuse = refuse
  }

  get remaining(): number {
    return this.#bytes.length - this.#at
  }

  u8(): number {
    const byte = this.#bytes[this.#at++]
    if (byte === undefined) throw this.#refuse('it ends too early')
    return byte
  }

  u32(): number {
    let value = 0
    for (let i = 0; i < 4; i++) value = value * 256 + this.u8()
    return value
  }

  /** At most `max`, which is below 2^32. */
  varint(max: number): number {
    let value = 0
    for (let factor = 1; factor <= 2 ** 28; factor *= 128) {
      const byte = this.u8()
      value += (byte & 0x7f) * factor
      if (byte > 0x7f) continue
      if (byte === 0 && factor > 1) throw this.#refuse('a number is longer than it must be')
      if (value > max) throw this.#refuse('a number is too large')
      return value
    }
    throw this.#refuse('a number is too long')
  }

  /** A view of the next bytes. */
  bytes(sizeBytes: number): Uint8Array {
    if (sizeBytes > this.remaining) throw this.#refuse('it ends too early')
    this.#at += sizeBytes
    return this.#bytes.subarray(this.#at - sizeBytes, this.#at)
  }

  end(): void {
    if (this.remaining > 0) throw this.#refuse('something follows its end')
  }
}
