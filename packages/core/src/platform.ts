/** What core asks of the platform; both implementations satisfy it and pass one suite. */
export interface Platform {
  /** AES-256-GCM (NIST SP 800-38D); the result ends with the 16-byte tag. */
  sealGcm(key: Uint8Array, nonce: Uint8Array, plaintext: Uint8Array, aad: Uint8Array): Uint8Array
  /** The plaintext, or `null` when the tag does not match. */
  openGcm(key: Uint8Array, nonce: Uint8Array, sealed: Uint8Array, aad: Uint8Array): Uint8Array | null
}
