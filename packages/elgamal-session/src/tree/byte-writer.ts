import { writeU32 } from './advance.js'

/** Appends to memory that grows: u8, u32 big-endian, variable-length integers. */
export class ByteWriter {
  #bytes: Uint8Array
  #length = 0

  constructor(expectedBytes: number) {
    this.#bytes = new Uint8Array(expectedBytes)
  }

  u8(value: number): void {
    this.#reserve(1)
    this.#bytes[this.#length++] = value
  }

  u32(value: number): void {
    this.#reserve(4)
    writeU32(this.#bytes, this.#length, value)
    this.#length += 4
  }

  /** LEB128 of an unsigned integer of 32 bits, in as few bytes as there can be. */
  varint(value: number): void {
    let rest = value
    for (; rest > 0x7f; rest >>>= 7) this.u8((rest & 0x7f) | 0x80)
    this.u8(rest)
  }

  bytes(part: Uint8Array): void {
    this.#reserve(part.length)
    this.#bytes.set(part, this.#length)
    this.#length += part.length
  }

  /** A view of what is there. */
  written(): Uint8Array {
    return this.#bytes.subarray(0, this.#length)
  }

  /** Everything, without a copy where the expected length was the right one. Nothing may be written after it. */
  finish(): Uint8Array {
    return this.#length === this.#bytes.length ? this.#bytes : this.#bytes.slice(0, this.#length)
  }

  #reserve(more: number): void {
    if (this.#length + more <= this.#bytes.length) return
    const larger = new Uint8Array(2 * (this.#bytes.length + more))
    larger.set(this.#bytes)
    this.#bytes = larger
  }
}
