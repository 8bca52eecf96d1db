// What a slice computes once for its kernel; memory.ts says where it lies.
import { ENTRY_BYTES, LAST_BLOCKS, LIMIT, MIDSTATE, PARTS, START, TARGET, WORDS } from "./memory";
import { bigSigma0, bigSigma1, ch, K, loadBE, maj, smallSigma0, smallSigma1 } from "./sha256";

/**
 * LAST_BLOCKS holds the nonce with a low word of zero, so that whatever depends on it lacks only that word. A kernel
 * that makes every word from 16 on by itself, whether it depends on the nonce or not, says so by `makesAll`.
 */
export function prepareKernel(nonceWord: i32, makesAll: bool): void {
  prepareWords(nonceWord, makesAll);
  prepareStart(nonceWord);
  v128.store(LIMIT, i32x4.splat(loadBE(TARGET)));
}

// @ts-ignore: decorator
@inline function splat(at: usize, word: u32): void {
  v128.store(at, i32x4.splat(word));
  v128.store(at, i32x4.splat(word), 16);
}
// @ts-ignore: decorator
@inline function entry(t: i32): usize { return WORDS + <usize>t * ENTRY_BYTES; }
// @ts-ignore: decorator
@inline function word(t: i32): u32 { return load<u32>(entry(t)); }

// @ts-ignore: decorator
@inline function has(set: u64, index: i32): bool { return <bool>((set >> index) & 1); }

function prepareWords(nonceWord: i32, makesAll: bool): void {
  let varying: u64 = (<u64>1) << nonceWord;
  for (let t = 0; t < 64; t++) {
    const value = t < 16 ? loadBE(LAST_BLOCKS + 4 * t) : constantPart(t, varying);
    if (t >= 16 && (has(varying, t - 16) || has(varying, t - 15) || has(varying, t - 7) || has(varying, t - 2))) {
      varying |= (<u64>1) << t;
    }
    if (t < 32) splat(PARTS + 32 * t, value);
    splat(entry(t), value);
    const constant = load<u32>(K + 4 * t);
    const isMade = has(varying, t) || (makesAll && t >= 16);
    splat(entry(t) + 32, isMade ? constant : constant + value);
  }
  // The kernels compare a + H0 (6.2.2 step 4); after round 63 only a is read.
  splat(entry(63) + 32, load<u32>(entry(63) + 32) + load<u32>(MIDSTATE));
}

/** What the sources of word `t` that do not depend on the nonce add up to (6.2.2 step 1). */
function constantPart(t: i32, varying: u64): u32 {
  let part: u32 = 0;
  if (!has(varying, t - 16)) part += word(t - 16);
  if (!has(varying, t - 15)) part += smallSigma0(word(t - 15));
  if (!has(varying, t - 7)) part += word(t - 7);
  if (!has(varying, t - 2)) part += smallSigma1(word(t - 2));
  return part;
}

/** Rounds up to that of the nonce. */
function prepareStart(nonceWord: i32): void {
  let a = load<u32>(MIDSTATE);
  let b = load<u32>(MIDSTATE, 4);
  let c = load<u32>(MIDSTATE, 8);
  let d = load<u32>(MIDSTATE, 12);
  let e = load<u32>(MIDSTATE, 16);
  let f = load<u32>(MIDSTATE, 20);
  let g = load<u32>(MIDSTATE, 24);
  let h = load<u32>(MIDSTATE, 28);
  for (let t = 0; t <= nonceWord; t++) {
    const t1 = h + bigSigma1(e) + ch(e, f, g) + load<u32>(entry(t) + 32);
    const t2 = bigSigma0(a) + maj(a, b, c);
    h = g; g = f; f = e; e = d + t1; d = c; c = b; b = a; a = t1 + t2;
  }
  splat(START, a);
  splat(START + 32, b);
  splat(START + 64, c);
  splat(START + 96, d);
  splat(START + 128, e);
  splat(START + 160, f);
  splat(START + 192, g);
  splat(START + 224, h);
}
