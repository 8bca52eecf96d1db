/** What core asks of the platform; both implementations satisfy it and pass one suite. */
export interface Platform {
  /** FIPS 180-4; 32 bytes. */
  sha256(message: Uint8Array): Uint8Array
  /** AES-256-GCM (NIST SP 800-38D); the result ends with the 16-byte tag. */
  sealGcm(key: Uint8Array, nonce: Uint8Array, plaintext: Uint8Array, aad: Uint8Array): Uint8Array
  /** The plaintext, or `null` when the tag does not match. */
  openGcm(key: Uint8Array, nonce: Uint8Array, sealed: Uint8Array, aad: Uint8Array): Uint8Array | null
  /** For many values under one key and no additional data, one after the other; keeps `key`, which the caller wipes. */
  syncGcm(key: Uint8Array): SyncGcm
}

/** The result goes into `output`, which is as long as it and shares no memory with the argument. */
export interface SyncGcm {
  seal(nonce: Uint8Array, plaintext: Uint8Array, output: Uint8Array): void
  /** `false` when the tag does not match; `output` then has nothing of the plaintext. */
  open(nonce: Uint8Array, sealed: Uint8Array, output: Uint8Array): boolean
}
