/** The header of a block, 244 bytes: docs/spec/ledger-v2.md, "Header". */

/** Integers stand little-endian, in this order after a version u32 (2); the nonce is last. */
export interface Header {
  /** 32 bytes. */
  readonly ledger: Uint8Array
  /** u64; block 0 stands for the genesis. */
  readonly height: bigint
  /** Id of the block before, 32 bytes; zeros in block 0. */
  readonly previous: Uint8Array
  /** RFC 6962 root over the wtxids, 32 bytes. */
  readonly recordsRoot: Uint8Array
  /** Root of the state after this block, 32 bytes. */
  readonly stateRoot: Uint8Array
  /** u64 seconds. */
  readonly timestamp: bigint
  /** u128; 1 where nothing is mined. */
  readonly difficulty: bigint
  /** kid of whoever seals, 32 bytes. */
  readonly sealer: Uint8Array
  /** 40 bytes, zero when unused. */
  readonly extra: Uint8Array
  /** u64 */
  readonly nonce: bigint
}

/** A header as it was read. */
export interface ReadHeader extends Header {
  readonly bytes: Uint8Array
  /** SHA-256 of the 244 bytes. */
  readonly id: Uint8Array
}
