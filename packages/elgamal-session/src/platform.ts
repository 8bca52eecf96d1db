/** What this package asks of the platform; both implementations satisfy it and pass one suite. */
export interface Platform {
  /** `base^exponent mod modulus` for an odd modulus, 0 <= base < modulus and exponent >= 0. */
  modPow(base: bigint, exponent: bigint, modulus: bigint): bigint
  /** AES-CBC with PKCS#7 padding; the key has 16, 24 or 32 bytes, the iv 16. */
  encryptCbc(key: Uint8Array, iv: Uint8Array, plaintext: Uint8Array): Uint8Array
  /** The plaintext, or `null` when the padding is not PKCS#7. */
  decryptCbc(key: Uint8Array, iv: Uint8Array, ciphertext: Uint8Array): Uint8Array | null
  /** AES-256-GCM of 32 bytes under a key of 32, into 48 bytes that end with the tag. For keys that seal once. */
  sealKey(
    key: Uint8Array,
    nonce: Uint8Array,
    plaintext: Uint8Array,
    aad: Uint8Array,
    output: Uint8Array,
  ): void
  /** The plaintext, or `null` when the tag does not match. */
  openKey(key: Uint8Array, nonce: Uint8Array, sealed: Uint8Array, aad: Uint8Array): Uint8Array | null
}
