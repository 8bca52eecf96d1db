/** What this package asks of the platform; both implementations satisfy it and pass one suite. */
export interface Platform {
  /** `base^exponent mod modulus` for an odd modulus, 0 <= base < modulus and exponent >= 0. */
  modPow(base: bigint, exponent: bigint, modulus: bigint): bigint
  /** AES-CBC with PKCS#7 padding; the key has 16, 24 or 32 bytes, the iv 16. */
  encryptCbc(key: Uint8Array, iv: Uint8Array, plaintext: Uint8Array): Uint8Array
  /** The plaintext, or `null` when the padding is not PKCS#7. */
  decryptCbc(key: Uint8Array, iv: Uint8Array, ciphertext: Uint8Array): Uint8Array | null
}
