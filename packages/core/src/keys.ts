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

/** A key of AES-256-GCM: exactly 32 bytes, never silently another AES. */
export class AeadKey extends SecretBytes {
  static readonly sizeBytes = 32
  declare private readonly brand: 'AeadKey'

  /** @throws ChartsealError `key/wrong-length` */
  constructor(bytes: Uint8Array) {
    if (bytes.length !== AeadKey.sizeBytes) {
      throw coreError('key/wrong-length', { expectedBytes: AeadKey.sizeBytes, actualBytes: bytes.length })
    }
    super(bytes)
  }

  static generate(random: Random): AeadKey {
    const bytes = random.bytes(AeadKey.sizeBytes)
    try {
      return new AeadKey(bytes)
    } finally {
      bytes.fill(0)
    }
  }
}
