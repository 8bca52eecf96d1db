export type EcdsaCurve = 'secp256k1' | 'P-256'

/** What ECDSA asks of the platform; both implementations pass one suite. */
export interface Ecdsa {
  /** For an uncompressed point of 65 bytes, which are copied; `null` for one that is not on the curve. */
  verifier(curve: EcdsaCurve, point: Uint8Array): EcdsaVerifier | null
}

export interface EcdsaVerifier {
  /** The signature has 64 bytes. */
  verifySha256(message: Uint8Array, signature: Uint8Array): boolean
}
