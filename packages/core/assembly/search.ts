// Proof of work: the lowest nonce of a slice whose hash is at most the target.
import { LAST_BLOCKS, MIDSTATE, STATE, TARGET, TRIAL } from "./memory";
import { compress, loadBE } from "./sha256";

/** Keeps the state of CONTEXT, which has hashed every block before the nonce, for the slices to come. */
export function searchPrepare(): void {
  memory.copy(MIDSTATE, STATE, 32);
}

/**
 * Tries `count` nonces from the little-endian pair of words on: the distance of the first hit, or -1.
 * LAST_BLOCKS holds one or two padded blocks, in which the nonce begins at byte `nonceOffset`.
 */
export function searchSlice(low: u32, high: u32, count: i32, blockCount: i32, nonceOffset: i32): i32 {
  const first = ((<u64>high) << 32) | low;
  for (let i = 0; i < count; i++) {
    store<u64>(LAST_BLOCKS + nonceOffset, first + i);
    memory.copy(TRIAL, MIDSTATE, 32);
    compress(TRIAL, LAST_BLOCKS);
    if (blockCount > 1) compress(TRIAL, LAST_BLOCKS + 64);
    if (isAtMostTarget(TRIAL)) return i;
  }
  return -1;
}

/** Both are 256-bit numbers with the highest word first. */
function isAtMostTarget(state: usize): bool {
  for (let i: usize = 0; i < 32; i += 4) {
    const word = load<u32>(state + i);
    const limit = loadBE(TARGET + i);
    if (word != limit) return word < limit;
  }
  return true;
}
