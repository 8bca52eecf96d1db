// Proof of work: the lowest nonce of a slice whose hash is at most the target.
import { searchEight, searchFourWord11, searchFourWord3 } from "./kernels.generated";
import { MIDSTATE, STATE } from "./memory";
import { prepareKernel } from "./prepare";
import { beginTrials, tryNonce } from "./trial";

/** Keeps the state of CONTEXT, which has hashed every block before the nonce, for the slices to come. */
export function searchPrepare(): void {
  memory.copy(MIDSTATE, STATE, 32);
}

/**
 * Tries `count` nonces from the little-endian pair of words on: the distance of the first hit, or -1.
 * LAST_BLOCKS holds one or two padded blocks, in which the nonce begins at byte `nonceOffset`. `lanes` is 4 or 8: how
 * many nonces a kernel tries at once.
 */
export function searchSlice(low: u32, high: u32, count: i32, blockCount: i32, nonceOffset: i32, lanes: i32): i32 {
  beginTrials(high, blockCount, nonceOffset);
  let done = 0;
  if (ASC_FEATURE_SIMD) {
    if (nonceOffset == 12 || nonceOffset == 44) {
      const byKernel = count - count % lanes;
      const found = searchByKernel(low, byKernel, nonceOffset >> 2, lanes);
      if (found >= 0) return found;
      done = byKernel;
    }
  }
  for (let i = done; i < count; i++) {
    if (tryNonce(low + i)) return i;
  }
  return -1;
}

/** The nonce's low word is word 3 or 11 of one last block, as in every block header. */
function searchByKernel(low: u32, count: i32, nonceWord: i32, lanes: i32): i32 {
  prepareKernel(nonceWord, lanes == 8);
  if (lanes == 8) return searchEight(low, count, nonceWord);
  return nonceWord == 3 ? searchFourWord3(low, count) : searchFourWord11(low, count);
}
