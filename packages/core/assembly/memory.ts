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

/** The search: state before the last blocks, these blocks, the target (big-endian, as it was given). */
export const MIDSTATE: usize = memory.data(32, 16);
export const LAST_BLOCKS: usize = memory.data(128, 16);
export const TARGET: usize = memory.data(32, 16);

/** Scratch: the 64 words of one message schedule, and a state. */
export const SCHEDULE: usize = memory.data(256, 16);
export const TRIAL: usize = memory.data(32, 16);
