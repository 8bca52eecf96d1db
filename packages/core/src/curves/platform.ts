import type { Random } from '../ports.js'

/** What Ed25519 and X25519 ask of the platform; both implementations pass one suite. */
export interface Curves {
  /** The private key of RFC 8032 5.1.5; keeps `seed`, 32 bytes, which the caller wipes. */
  ed25519Signer(seed: Uint8Array): Ed25519Signer
  /** The public key A, 32 bytes, which are copied. `ed25519.ts` checks what the equation does not. */
  ed25519Verifier(publicKey: Uint8Array): Ed25519Verifier
  /** The private key of RFC 7748 5; keeps `scalar`, 32 bytes, which the caller wipes. */
  x25519Secret(scalar: Uint8Array): X25519Secret
  /** A private key for one exchange, of 32 bytes of `random`, or of the platform's own where that is the system's. */
  x25519Ephemeral(random: Random): X25519Secret
  /** A public key of 32 bytes, which are kept, for more than one agreement. */
  x25519Public(publicKey: Uint8Array): X25519Public
}

export interface Ed25519Signer {
  /** A fresh copy of the 32 bytes. */
  publicKey(): Uint8Array
  sign(message: Uint8Array): Uint8Array
}

export interface Ed25519Verifier {
  /** Whether R is the encoding of [S]B - [k]A; false for an A that is not on the curve. */
  verify(message: Uint8Array, signature: Uint8Array): boolean
}

export interface X25519Secret {
  /** A fresh copy of the 32 bytes. */
  publicKey(): Uint8Array
  /** With a public key of 32 bytes; `null` where the answer is zero. */
  agree(theirPublicKey: Uint8Array | X25519Public): Uint8Array | null
  /** Of an ephemeral key: what can be overwritten of it is. */
  wipe(): void
}

export interface X25519Public {
  readonly bytes: Uint8Array
}
