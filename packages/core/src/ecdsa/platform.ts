export type EcdsaCurve = 'secp256k1' | 'P-256'

/** What ECDSA asks of the platform; both implementations pass one suite. */
export interface Ecdsa {
  /** Lengths are right; false for a point that is not on the curve. */
  verifySha256(curve: EcdsaCurve, point: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean
}
