/** What this package asks of the platform; both implementations satisfy it and pass one suite. */
export interface Platform {
  /** PBKDF2-HMAC-SHA256 (RFC 8018 5.2); `iterations` from 1 to 2^31 - 1. */
  pbkdf2(secret: Uint8Array, salt: Uint8Array, iterations: number, sizeBytes: number): Promise<Uint8Array>
}
