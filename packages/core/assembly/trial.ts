// One nonce at a time: for every prefix, and to be sure about what a kernel found.
import { LAST_BLOCKS, MIDSTATE, TARGET, TRIAL } from "./memory";
import { compress, loadBE } from "./sha256";

let nonceAt: usize = 0;
let isTwoBlocks: bool = false;

/** Says what the trials of a slice have in common. */
export function beginTrials(high: u32, blockCount: i32, nonceOffset: i32): void {
  nonceAt = LAST_BLOCKS + nonceOffset;
  isTwoBlocks = blockCount > 1;
  store<u64>(nonceAt, (<u64>high) << 32);
}

/** Hashes with another low word of the nonce: is that at most the target? */
export function tryNonce(low: u32): bool {
  store<u32>(nonceAt, low);
  memory.copy(TRIAL, MIDSTATE, 32);
  compress(TRIAL, LAST_BLOCKS);
  if (isTwoBlocks) compress(TRIAL, LAST_BLOCKS + 64);
  return isAtMostTarget(TRIAL);
}

/** The place of the first hit among a few nonces, or -1. */
export function firstOf(low: u32, count: i32): i32 {
  for (let i = 0; i < count; i++) {
    if (tryNonce(low + i)) return i;
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
