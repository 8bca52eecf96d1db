// SHA-256 of four messages at once, one in each lane of a v128. Clause numbers are of FIPS 180-4.
import { DIGESTS, INPUT, WORDS } from "./memory";
import { bigSigma0, bigSigma1, smallSigma0, smallSigma1, swapLanes } from "./lanes";
import { initialWord, K } from "./sha256";

/** Bytes of INPUT for each message and its padding. */
export const SLOT_BYTES: i32 = 16384;
/** How many messages sha256Four takes: 1 says that this build has it not. */
export const LANES: i32 = ASC_FEATURE_SIMD ? 4 : 1;

/** Hashes the first bytes of the four slots of INPUT into DIGESTS; each length is at most SLOT_BYTES - 9. */
export function sha256Four(length0: i32, length1: i32, length2: i32, length3: i32): void {
  if (ASC_FEATURE_SIMD) {
    const blocks = i32x4(pad(0, length0), pad(1, length1), pad(2, length2), pad(3, length3));
    for (let i = 0; i < 8; i++) v128.store(DIGESTS + 16 * i, i32x4.splat(initialWord(i)));
    for (let block = 0; ; block++) {
      const active = i32x4.gt_s(blocks, i32x4.splat(block));
      if (!v128.any_true(active)) break;
      transpose(INPUT + 64 * block);
      compressFour(active);
    }
    writeDigests();
    memory.fill(WORDS, 0, 1024);
  }
}

/** 5.1.1: how many blocks the message has. */
function pad(lane: i32, length: i32): i32 {
  const blocks = (length + 72) >> 6;
  const slot = INPUT + lane * SLOT_BYTES;
  memory.fill(slot + length, 0, (blocks << 6) - length);
  store<u8>(slot + length, 0x80);
  store<u64>(slot + (blocks << 6) - 8, bswap((<u64>length) << 3));
  return blocks;
}

/** Rows of four 32-bit words to columns, the byte order of each word changed; a column every `stride` bytes. */
function storeColumns(at: usize, stride: usize, row0: v128, row1: v128, row2: v128, row3: v128): void {
  const r0 = swapLanes(row0);
  const r1 = swapLanes(row1);
  const r2 = swapLanes(row2);
  const r3 = swapLanes(row3);
  const low01 = i8x16.shuffle(r0, r1, 0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23);
  const high01 = i8x16.shuffle(r0, r1, 8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31);
  const low23 = i8x16.shuffle(r2, r3, 0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23);
  const high23 = i8x16.shuffle(r2, r3, 8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31);
  v128.store(at, i8x16.shuffle(low01, low23, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23));
  v128.store(at + stride, i8x16.shuffle(low01, low23, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31));
  v128.store(at + 2 * stride, i8x16.shuffle(high01, high23, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23));
  v128.store(at + 3 * stride, i8x16.shuffle(high01, high23, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31));
}

/** The block of each lane as 16 big-endian words in WORDS. */
function transpose(block: usize): void {
  for (let i: usize = 0; i < 64; i += 16) {
    const from = block + i;
    const next = from + 2 * SLOT_BYTES;
    storeColumns(WORDS + 4 * i, 16, v128.load(from), v128.load(from, SLOT_BYTES), v128.load(next), v128.load(next, SLOT_BYTES));
  }
}

// @ts-ignore: decorator
@inline function add(x: v128, y: v128): v128 { return i32x4.add(x, y); }
// @ts-ignore: decorator
@inline function ch(x: v128, y: v128, z: v128): v128 { return v128.xor(z, v128.and(x, v128.xor(y, z))); }
// @ts-ignore: decorator
@inline function maj(x: v128, y: v128, z: v128): v128 { return v128.xor(v128.and(v128.xor(x, y), v128.xor(y, z)), y); }

/** What round t adds: its word and its constant. `at` is entry t of the words, `k` constant t. */
// @ts-ignore: decorator
@inline function addend(at: usize, k: usize): v128 { return add(v128.load(at), v128.load32_splat(k)); }

/** 6.2.2: the block in WORDS into DIGESTS, which hold states until the end, for the lanes that are active. */
function compressFour(active: v128): void {
  for (let at = WORDS; at < WORDS + 768; at += 16) {
    const fixed = add(v128.load(at), v128.load(at, 144));
    const varying = add(smallSigma0(v128.load(at, 16)), smallSigma1(v128.load(at, 224)));
    v128.store(at, add(fixed, varying), 256);
  }
  let a = v128.load(DIGESTS);
  let b = v128.load(DIGESTS, 16);
  let c = v128.load(DIGESTS, 32);
  let d = v128.load(DIGESTS, 48);
  let e = v128.load(DIGESTS, 64);
  let f = v128.load(DIGESTS, 80);
  let g = v128.load(DIGESTS, 96);
  let h = v128.load(DIGESTS, 112);
  for (let t: usize = 0; t < 256; t += 32) {
    const at = WORDS + 4 * t;
    const k = K + t;
    h = add(add(add(h, addend(at, k)), ch(e, f, g)), bigSigma1(e)); d = add(d, h); h = add(add(h, maj(a, b, c)), bigSigma0(a));
    g = add(add(add(g, addend(at + 16, k + 4)), ch(d, e, f)), bigSigma1(d)); c = add(c, g); g = add(add(g, maj(h, a, b)), bigSigma0(h));
    f = add(add(add(f, addend(at + 32, k + 8)), ch(c, d, e)), bigSigma1(c)); b = add(b, f); f = add(add(f, maj(g, h, a)), bigSigma0(g));
    e = add(add(add(e, addend(at + 48, k + 12)), ch(b, c, d)), bigSigma1(b)); a = add(a, e); e = add(add(e, maj(f, g, h)), bigSigma0(f));
    d = add(add(add(d, addend(at + 64, k + 16)), ch(a, b, c)), bigSigma1(a)); h = add(h, d); d = add(add(d, maj(e, f, g)), bigSigma0(e));
    c = add(add(add(c, addend(at + 80, k + 20)), ch(h, a, b)), bigSigma1(h)); g = add(g, c); c = add(add(c, maj(d, e, f)), bigSigma0(d));
    b = add(add(add(b, addend(at + 96, k + 24)), ch(g, h, a)), bigSigma1(g)); f = add(f, b); b = add(add(b, maj(c, d, e)), bigSigma0(c));
    a = add(add(add(a, addend(at + 112, k + 28)), ch(f, g, h)), bigSigma1(f)); e = add(e, a); a = add(add(a, maj(b, c, d)), bigSigma0(b));
  }
  keep(0, a, active);
  keep(16, b, active);
  keep(32, c, active);
  keep(48, d, active);
  keep(64, e, active);
  keep(80, f, active);
  keep(96, g, active);
  keep(112, h, active);
}

/** Step 4, where the lane is active. */
// @ts-ignore: decorator
@inline function keep(offset: usize, word: v128, active: v128): void {
  v128.store(DIGESTS + offset, add(v128.load(DIGESTS + offset), v128.and(word, active)));
}

/** From a word of each lane to the bytes of each digest, in place. */
function writeDigests(): void {
  const e = v128.load(DIGESTS, 64);
  const f = v128.load(DIGESTS, 80);
  const g = v128.load(DIGESTS, 96);
  const h = v128.load(DIGESTS, 112);
  storeColumns(WORDS, 32, v128.load(DIGESTS), v128.load(DIGESTS, 16), v128.load(DIGESTS, 32), v128.load(DIGESTS, 48));
  storeColumns(WORDS + 16, 32, e, f, g, h);
  memory.copy(DIGESTS, WORDS, 128);
}
