/** What the packages need from the world around them: types only. Time and chance come in as arguments. */

/** Milliseconds since 1970-01-01T00:00:00Z. */
export interface Clock {
  nowMs(): number
}

/** A cryptographically secure source. Each call gives a fresh array that the caller owns. */
export interface Random {
  bytes(sizeBytes: number): Uint8Array
}
