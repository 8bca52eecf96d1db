import type { Argon2idParameters } from './phc.js'

/** Argon2id (RFC 9106, version 0x13), 32 bytes; rejects where it cannot run. */
export type Argon2id = (
  secret: Uint8Array,
  parameters: Omit<Argon2idParameters, 'algorithm'>,
) => Promise<Uint8Array>

/** What this package asks of the platform; both implementations satisfy it and pass one suite. */
export interface Platform {
  /** PBKDF2-HMAC-SHA256 (RFC 8018 5.2); `iterations` from 1 to 2^31 - 1. */
  pbkdf2(secret: Uint8Array, salt: Uint8Array, iterations: number, sizeBytes: number): Promise<Uint8Array>
  /** Where the platform has its own. */
  readonly argon2id?: Argon2id
}
