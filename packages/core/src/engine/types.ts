/** The hot path as a value: one interface, a WebAssembly and a JavaScript implementation, one test suite. */

/** A SHA-256 (FIPS 180-4) computation in progress. */
export interface Sha256 {
  /** @throws TypeError for anything but a `Uint8Array`, Error after {@link Sha256.digest} */
  update(data: Uint8Array): this
  /** 32 fresh bytes; the computation ends here and its state is wiped. @throws Error the second time */
  digest(): Uint8Array
}

/** A range of nonces to try for `SHA-256(prefix ‖ nonce u64 LE) <= target`. */
export interface NonceSearch {
  /** Everything that is hashed before the nonce, of any length. */
  readonly prefix: Uint8Array
  /** 32 bytes, big-endian, inclusive. */
  readonly target: Uint8Array
  /** First nonce to try, 0 to 2^64 - 1. */
  readonly from: bigint
  /** How many nonces to try at most; `from + count` must not pass 2^64. */
  readonly count: number
}

/** The lowest satisfying nonce of the range, and the hash it gives. */
export interface NonceHit {
  readonly nonce: bigint
  readonly hash: Uint8Array
}

/** Coefficients that come from a source, one block of each after the other. */
export interface RandomCoefficients {
  /** How many: the threshold less one. */
  readonly count: number
  /**
   * Fills at most 65,536 bytes, which may be memory of the engine: they are not to be kept, and the engine is not to be
   * used meanwhile. Calls come in an order that depends on sizes only.
   */
  fill(bytes: Uint8Array<ArrayBuffer>): void
}

/** Of the powers 1, 2, 3 … of x: each as long as the secret, or from a source. */
export type GfCoefficients = readonly Uint8Array[] | RandomCoefficients

export interface Engine {
  readonly name: 'wasm' | 'js'
  /** Why this is not the WebAssembly engine, where that was asked for; `null` when nothing was refused. */
  readonly fallbackReason: string | null
  /**
   * The `WebAssembly.Module`, which `createWasmEngine({ module })` takes in another thread, so that it compiles nothing; `null`
   * for JavaScript.
   */
  readonly module: object | null
  /** How many nonces a search tries at once in a block header: 1, 4 with SIMD, 8 with `turbo`. */
  readonly searchLanes: number
  sha256(message: Uint8Array): Uint8Array
  createSha256(): Sha256
  /**
   * The digest of each message, in their order, of any lengths: 32 fresh bytes each. Four messages at once where
   * SIMD is there. Nothing is hashed when one of them is refused.
   * @throws TypeError for anything but an array of `Uint8Array`
   */
  sha256Many(messages: readonly Uint8Array[]): Uint8Array[]
  /**
   * HMAC-SHA-256 (RFC 2104) of many messages of one length, at most 55 bytes, each under a key of 32: all keys joined,
   * and all messages. The tags take the places of the keys. Four at once where SIMD is there.
   * @throws RangeError for lengths that do not fit, TypeError for anything but `Uint8Array`
   */
  hmacMany(keys: Uint8Array, messages: Uint8Array): void
  /**
   * HKDF-SHA-256 (RFC 5869) without info: `count` outputs of 32 bytes, joined, in fresh memory that the caller wipes.
   * @throws RangeError for a salt that has not 32 bytes, a secret above 65,504, or a count that is not 1 to 255;
   * TypeError for anything but `Uint8Array`
   */
  hkdf(salt: Uint8Array, secret: Uint8Array, count: number): Uint8Array
  /**
   * `null` when no nonce of the range satisfies the target.
   * @throws RangeError for a target that is not 32 bytes, or a range that is negative or passes 2^64
   */
  searchNonce(search: NonceSearch): NonceHit | null
  /**
   * `accumulator[i] ^= factor · input[i]` in GF(2^8) modulo 0x11B, without an index or a branch that
   * depends on a secret. Writes into `accumulator`; both have one length, and are the same bytes or do not
   * overlap.
   * @throws RangeError for lengths that differ, or a factor that is not an integer from 0 to 255
   */
  gfMultiplyAccumulate(accumulator: Uint8Array, input: Uint8Array, factor: number): void
  /**
   * Values at `xs` of one polynomial for each byte of the secret: `outputs[i]` becomes
   * `secret + coefficients[0] · xs[i] + coefficients[1] · xs[i]² + …`, without an index or a branch that depends on a
   * secret. No output may be, or overlap, another of the arrays.
   * @throws RangeError for lengths or numbers that do not fit, and for points outside 1 to 255
   */
  gfSplit(
    secret: Uint8Array,
    coefficients: GfCoefficients,
    xs: readonly number[],
    outputs: readonly Uint8Array[],
  ): void
  /**
   * Adds a sharing of zero: `shares[i]` becomes `shares[i] + coefficients[0] · xs[i] + …`. Shares overlap neither each
   * other nor a coefficient.
   * @throws RangeError as `gfSplit` does
   */
  gfRefresh(coefficients: GfCoefficients, xs: readonly number[], shares: readonly Uint8Array[]): void
  /**
   * `output` becomes `ys[0] · weights[0] + ys[1] · weights[1] + …`. It is one of the `ys`, or overlaps none.
   * @throws RangeError for lengths or numbers that do not fit, and for weights outside 0 to 255
   */
  gfCombine(ys: readonly Uint8Array[], weights: readonly number[], output: Uint8Array): void
}
