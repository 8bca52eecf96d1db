/// <reference lib="esnext.disposable" preserve="true" />
/** Bytes that must not be printed, and are wiped when no longer needed. */
import { coreError } from './errors.js'
import type { Random } from './ports.js'

/**
 * Secret bytes. Wiping is the best that JavaScript allows: copies that an engine or a library made
 * are out of reach.
 */
export class SecretBytes {
  #bytes: Uint8Array | null

  /** Copies `bytes`; the caller wipes its own copy. */
  constructor(bytes: Uint8Array) {
    this.#bytes = Uint8Array.from(bytes)
  }

  /** A view for immediate use; not to be kept or changed. @throws ChartsealError `key/wiped` */
  reveal(): Uint8Array {
    if (this.#bytes === null) throw coreError('key/wiped', {})
    return this.#bytes
  }

  get isWiped(): boolean {
    return this.#bytes === null
  }

  /** Overwrites the bytes with zeros. Every later use throws. */
  wipe(): void {
    this.#bytes?.fill(0)
    this.#bytes = null
  }

  [Symbol.dispose](): void {
    this.wipe()
  }

  toString(): string {
    return '[SecretBytes]'
  }

  toJSON(): string {
    return '[SecretBytes]'
  }
}

/** Exactly 32 secret bytes: what the keys of the algorithms here have in common. */
export abstract class Key32 extends SecretBytes {
  static readonly sizeBytes = 32

  /** @throws ChartsealError `key/wrong-length` */
  constructor(bytes: Uint8Array) {
    if (bytes.length !== Key32.sizeBytes) {
      throw coreError('key/wrong-length', { expectedBytes: Key32.sizeBytes, actualBytes: bytes.length })
    }
    super(bytes)
  }

  static generate<Key>(this: new (bytes: Uint8Array) => Key, random: Random): Key {
    const bytes = random.bytes(Key32.sizeBytes)
    try {
      return new this(bytes)
    } finally {
      bytes.fill(0)
    }
  }
}

/** A key of AES-256-GCM: exactly 32 bytes, never silently another AES. */
export class AeadKey extends Key32 {
  declare private readonly brand: 'AeadKey'
}
