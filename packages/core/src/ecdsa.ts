/**
 * ECDSA with SHA-256 (FIPS 186-5 6.4): verification alone, OpenSSL's in Node, noble's elsewhere. Signing has no place
 * here: Node has no nonces of RFC 6979, and so no signature that comes out the same twice.
 */
import { ecdsa } from '#ecdsa'
import type { EcdsaCurve } from './ecdsa/platform.js'

export type { EcdsaCurve } from './ecdsa/platform.js'

export const pointBytes = 65
export const signatureBytes = 64

/**
 * Of both twins, low s and high s. False for every kind of bad signature or key, wrong lengths included; never throws.
 * @param point uncompressed (SEC 1 2.3.3), 65 bytes
 * @param message what SHA-256 is taken of
 * @param signature r ‖ s, 32 bytes each, big-endian; reading DER is the caller's
 */
export function verifySha256(
  curve: EcdsaCurve,
  point: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  if (point.length !== pointBytes || point[0] !== 0x04 || signature.length !== signatureBytes) return false
  return ecdsa.verifySha256(curve, point, message, signature)
}
