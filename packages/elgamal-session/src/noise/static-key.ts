/// <reference lib="esnext.disposable" preserve="true" />
import { SecretBytes } from '@chartseal/core/keys'
import type { Random } from '@chartseal/core/ports'
import type { DhFunctions, KeyPair, Suite } from './dh.js'
import { dh25519 } from './dh-25519.js'
import { dhFfdhe3072 } from './dh-ffdhe3072.js'

const functions: Readonly<Record<Suite, DhFunctions>> = { '25519': dh25519, ffdhe3072: dhFfdhe3072 }

export const dhFunctionsOf = (suite: Suite): DhFunctions => functions[suite]

/** Bytes of a public key of the suite. */
export const publicKeyBytesOf = (suite: Suite): number => functions[suite].publicKeyBytes

/** A key that names one side in every handshake of one conference. Whoever makes it wipes it. */
export class StaticKey {
  readonly suite: Suite
  readonly #privateKey: SecretBytes
  readonly #pair: KeyPair

  /** The key of stored bytes, which are copied. @throws ChartsealError `key/wrong-length`, `key/invalid`, `key/wiped` */
  constructor(suite: Suite, privateKey: SecretBytes) {
    this.suite = suite
    this.#privateKey = new SecretBytes(privateKey.reveal())
    this.#pair = functions[suite].keyPairOf(this.#privateKey)
  }

  static generate(suite: Suite, random: Random): StaticKey {
    const bytes = functions[suite].newPrivateKey(random)
    using privateKey = new SecretBytes(bytes)
    bytes.fill(0)
    return new StaticKey(suite, privateKey)
  }

  /** A fresh copy: 32 bytes, or 384 of ffdhe3072. */
  get publicKey(): Uint8Array {
    return Uint8Array.from(this.#pair.publicKey)
  }

  /** What is stored of the key: a view, not to be kept or changed. @throws ChartsealError `key/wiped` */
  reveal(): Uint8Array {
    return this.#privateKey.reveal()
  }

  /** @internal */
  pair(): KeyPair {
    return this.#pair
  }

  get isWiped(): boolean {
    return this.#privateKey.isWiped
  }

  wipe(): void {
    this.#privateKey.wipe()
    this.#pair.wipe()
  }

  [Symbol.dispose](): void {
    this.wipe()
  }
}
