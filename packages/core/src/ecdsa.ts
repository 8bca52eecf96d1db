/**
 * ECDSA with SHA-256 (FIPS 186-5 6.4): verification alone, OpenSSL's in Node, noble's elsewhere. Signing has no place
 * here: Node has no nonces of RFC 6979, and so no signature that comes out the same twice.
 */
import { ecdsa } from '#ecdsa'
import type { EcdsaCurve, EcdsaVerifier } from './ecdsa/platform.js'

export type { EcdsaCurve } from './ecdsa/platform.js'

export const pointBytes = 65
const signatureBytes = 64

/** A public key that was checked once, and is what the platform made of it: for whoever verifies more than once. */
export class EcdsaKey {
  readonly #verifier: EcdsaVerifier

  private constructor(verifier: EcdsaVerifier) {
    this.#verifier = verifier
  }

  /**
   * `null` for what is not a point of the curve.
   * @param point uncompressed (SEC 1 2.3.3), 65 bytes, which are copied
   */
  static of(curve: EcdsaCurve, point: Uint8Array): EcdsaKey | null {
    if (point.length !== pointBytes || point[0] !== 0x04) return null
    const verifier = ecdsa.verifier(curve, point)
    return verifier === null ? null : new EcdsaKey(verifier)
  }

  /**
   * Of both twins, low s and high s. False for every kind of bad signature, wrong lengths included; never throws.
   * @param message what SHA-256 is taken of
   * @param signature r ‖ s, 32 bytes each, big-endian; reading DER is the caller's
   */
  verify(message: Uint8Array, signature: Uint8Array): boolean {
    return signature.length === signatureBytes && this.#verifier.verifySha256(message, signature)
  }
}

/** The same for one signature; false for a bad key as well. */
export function verifySha256(
  curve: EcdsaCurve,
  point: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  return EcdsaKey.of(curve, point)?.verify(message, signature) ?? false
}
