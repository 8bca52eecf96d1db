/**
 * Strict DER (ITU-T X.690), as far as public and private keys need it: definite minimal lengths, low tag numbers,
 * nothing left over. PEM around it is read as tools write it.
 */
import { concat, toBigIntBE } from './bytes.js'
import { coreError } from './errors.js'

export { decodePem, encodePem, type Pem } from './pem.js'

export const derTag = {
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  objectId: 0x06,
  sequence: 0x30,
} as const

/** One element: its tag, its content, and all its bytes. */
export interface DerElement {
  readonly tag: number
  readonly content: Uint8Array
  readonly whole: Uint8Array
}

/** Reads elements one after the other. */
export class DerReader {
  readonly #bytes: Uint8Array
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  /** Bytes not yet read. */
  get remaining(): number {
    return this.#bytes.length - this.#at
  }

  /** The next element, of any tag. @throws ChartsealError `der/invalid` */
  any(): DerElement {
    const start = this.#at
    const tag = this.#byte()
    if ((tag & 0x1f) === 0x1f) throw invalid('a high tag number')
    const length = this.#length()
    if (length > this.remaining) throw invalid('an element is longer than its container')
    this.#at += length
    return {
      tag,
      content: this.#bytes.subarray(this.#at - length, this.#at),
      whole: this.#bytes.subarray(start, this.#at),
    }
  }

  /** The content of the next element, which must have this tag. @throws ChartsealError `der/invalid` */
  read(tag: number): Uint8Array {
    const element = this.any()
    if (element.tag !== tag) throw invalid(`tag ${element.tag} where ${tag} is needed`)
    return element.content
  }

  /** The next INTEGER, which must not be negative (X.690 8.3). @throws ChartsealError `der/invalid` */
  unsigned(): bigint {
    const content = this.read(derTag.integer)
    const [first, second] = content
    if (first === undefined) throw invalid('an integer without bytes')
    if (first >= 0x80) throw invalid('a negative integer')
    if (first === 0 && second !== undefined && second < 0x80) throw invalid('an integer that is not minimal')
    return toBigIntBE(content)
  }

  /** A reader of the elements inside the next SEQUENCE. */
  sequence(): DerReader {
    return new DerReader(this.read(derTag.sequence))
  }

  /** The tag of the next element, or `null` at the end. */
  peek(): number | null {
    return this.#bytes[this.#at] ?? null
  }

  /** @throws ChartsealError `der/invalid` when bytes are left */
  end(): void {
    if (this.remaining !== 0) throw invalid('bytes after the end')
  }

  #byte(): number {
    const byte = this.#bytes[this.#at++]
    if (byte === undefined) throw invalid('cut short')
    return byte
  }

  // X.690 10.1: the definite form, in as few bytes as possible.
  #length(): number {
    const first = this.#byte()
    if (first < 0x80) return first
    const size = first & 0x7f
    if (size === 0 || size > 4) throw invalid('a length that is indefinite or too long')
    let length = 0
    for (let i = 0; i < size; i++) length = length * 256 + this.#byte()
    if (length < 0x80 || length < 256 ** (size - 1)) throw invalid('a length that is not minimal')
    return length
  }
}

/** One element from its tag and the parts of its content. */
export function encodeDer(tag: number, ...content: readonly Uint8Array[]): Uint8Array {
  const body = concat(...content)
  return concat(Uint8Array.of(tag), encodeLength(body.length), body)
}

function encodeLength(length: number): Uint8Array {
  if (length < 0x80) return Uint8Array.of(length)
  const bytes: number[] = []
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256)
  return Uint8Array.of(0x80 | bytes.length, ...bytes)
}

function invalid(reason: string): Error {
  return coreError('der/invalid', { reason })
}
