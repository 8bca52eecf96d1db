/** Fields of fixed layouts, big-endian. */
import { concat } from '@chartseal/core/bytes'

export function u16(value: number): Uint8Array {
  return Uint8Array.of(value >> 8, value & 0xff)
}

export function u32(value: number): Uint8Array {
  const bytes = new Uint8Array(4)
  new DataView(bytes.buffer).setUint32(0, value)
  return bytes
}

export function u64(value: bigint | number): Uint8Array {
  const bytes = new Uint8Array(8)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value))
  return bytes
}

/** The bytes after their length as u8. */
export function short(bytes: Uint8Array): Uint8Array {
  return concat(Uint8Array.of(bytes.length), bytes)
}

/** Takes fields from the front; once something is missing, everything is: `isWhole` is asked at the end. */
export class FieldReader {
  readonly #bytes: Uint8Array
  #at: number
  #short = false

  constructor(bytes: Uint8Array, start = 0) {
    this.#bytes = bytes
    this.#at = start
  }

  /** A view; zeros where it ends too early. */
  bytes(sizeBytes: number): Uint8Array {
    const end = this.#at + sizeBytes
    if (this.#short || end > this.#bytes.length) {
      this.#short = true
      return new Uint8Array(Math.min(sizeBytes, 64))
    }
    const field = this.#bytes.subarray(this.#at, end)
    this.#at = end
    return field
  }

  u8(): number {
    return this.bytes(1)[0] ?? 0
  }

  u16(): number {
    return (this.u8() << 8) | this.u8()
  }

  u32(): number {
    return viewOf(this.bytes(4)).getUint32(0)
  }

  u64(): bigint {
    return viewOf(this.bytes(8)).getBigUint64(0)
  }

  /** A view of what is left but for the last bytes. */
  until(lastBytes: number): Uint8Array {
    return this.bytes(Math.max(0, this.#bytes.length - this.#at - lastBytes))
  }

  /** Everything was there, and nothing is left. */
  get isWhole(): boolean {
    return !this.#short && this.#at === this.#bytes.length
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
}
