/** What core asks of the platform; both implementations satisfy it and pass one suite. */
export interface Platform {
  /** AES-256-GCM (NIST SP 800-38D); the result ends with the 16-byte tag. */
  sealGcm(key: Uint8Array, nonce: Uint8Array, plaintext: Uint8Array, aad: Uint8Array): Uint8Array
  /** The plaintext, or `null` when the tag does not match. */
  openGcm(key: Uint8Array, nonce: Uint8Array, sealed: Uint8Array, aad: Uint8Array): Uint8Array | null
  /** Without additional data, into `output`, which is as long as the result and shares no memory with `plaintext`. */
  sealGcmInto(key: Uint8Array, nonce: Uint8Array, plaintext: Uint8Array, output: Uint8Array): void
  /** `false` when the tag does not match; `output` then has nothing of the plaintext. */
  openGcmInto(key: Uint8Array, nonce: Uint8Array, sealed: Uint8Array, output: Uint8Array): boolean
  /** For many values under one key and no additional data; keeps `key`, which the caller wipes. */
  bulkGcm(key: Uint8Array): BulkGcm
}

type Soon<T> = T | Promise<T>

/** As above, as fast as it gets here; calls may run at the same time. `output` alone is kept until it is done. */
export interface BulkGcm {
  seal(nonce: Uint8Array, plaintext: Uint8Array, output: Uint8Array): Soon<void>
  open(nonce: Uint8Array, sealed: Uint8Array, output: Uint8Array): Soon<boolean>
}
