// Where everything lies in linear memory. Nothing is allocated at run time; see docs/spec/engine.md.

/** Bytes that a call takes from JavaScript, and the accumulator of gfMultiplyAccumulate. */
export const CHUNK_BYTES: i32 = 65536;
export const INPUT: usize = memory.data(65536, 16);
export const ACCUMULATOR: usize = memory.data(65536, 16);

/** A SHA-256 computation: 8 words of state, bytes hashed so far (u64), the block that is not full yet. */
export const CONTEXT_BYTES: i32 = 112;
export const CONTEXT: usize = memory.data(112, 16);
export const STATE: usize = CONTEXT;
export const LENGTH: usize = CONTEXT + 32;
export const PENDING: usize = CONTEXT + 48;

/** The digest, big-endian. */
export const DIGEST: usize = memory.data(32, 16);

/** Four digests one after the other, of messages that are hashed at once. */
export const DIGESTS: usize = memory.data(128, 16);

/** What HMAC makes of four messages: their padded blocks, and the inner hashes as words in lanes. */
export const MESSAGES: usize = memory.data(256, 16);
export const INNER: usize = memory.data(128, 16);

/** The search: state before the last blocks, these blocks, the target (big-endian, as it was given). */
export const MIDSTATE: usize = memory.data(32, 16);
export const LAST_BLOCKS: usize = memory.data(128, 16);
export const TARGET: usize = memory.data(32, 16);

/** Scratch: the 64 words of one message schedule, and a state. */
export const SCHEDULE: usize = memory.data(256, 16);
export const TRIAL: usize = memory.data(32, 16);

/**
 * What the kernels share with their preparation, every word of it in four lanes. WORDS has 64 entries, one for each
 * schedule word: the word, then its round constant (with the word, where that does not depend on the nonce). PARTS has
 * the constant parts of words 0 to 31, START the state after the nonce's round as if the nonce were zero, LIMIT the
 * first word of the target.
 */
export const ENTRY_BYTES: usize = 64;
export const WORDS: usize = memory.data(4096, 64);
export const PARTS: usize = memory.data(1024, 64);
export const START: usize = memory.data(256, 64);
export const KEPT: usize = memory.data(320, 64);
export const LIMIT: usize = memory.data(16, 16);

/** Rows of shares, secrets and coefficients, and the part of a plan that is carried out on them. */
export const ROWS_BYTES: i32 = 524288;
export const ROWS: usize = memory.data(524288, 128);
export const PLAN_BYTES: i32 = 65536;
export const PLAN: usize = memory.data(65536, 16);

/** Products of half bytes with up to five factors: see gf256-vectors.ts. Its constants, in every byte. */
export const PRODUCTS: usize = memory.data(160, 16);
export const MODULUS: usize = memory.data<u64>([0x1b1b1b1b1b1b1b1b, 0x1b1b1b1b1b1b1b1b], 16);
export const FIFTEENS: usize = memory.data<u64>([0x0f0f0f0f0f0f0f0f, 0x0f0f0f0f0f0f0f0f], 16);
