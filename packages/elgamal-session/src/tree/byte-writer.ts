import { writeU32 } from './bytes.js'

/** Appends to memory of the length that is needed at most: u8, u32 big-endian, variable-length integers. */
export class ByteWriter {
  readonly #bytes: Uint8Array
  #length = 0

  constructor(mostBytes: number) {
    this.#bytes = new Uint8Array(mostBytes)
  }

  u8(value: number): void {
    this.#bytes[this.#length++] = value
  }

  u32(value: number): void {
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
    this.#bytes.set(part, this.#length)
    this.#length += part.length
  }

  /** Of a few bytes, which takes less than a view of them would. */
  part(from: Uint8Array, offset: number, sizeBytes: number): void {
    for (let i = 0; i < sizeBytes; i++) this.#bytes[this.#length++] = from[offset + i] ?? 0
  }

  /** A view of what is there. */
  written(): Uint8Array {
    return this.#bytes.subarray(0, this.#length)
  }

  /** Everything, without a copy where that was the length. Nothing may be written after it. */
  finish(): Uint8Array {
    return this.#length === this.#bytes.length ? this.#bytes : this.#bytes.slice(0, this.#length)
  }
}
