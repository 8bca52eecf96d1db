// SHA-256 and HMAC of four messages at once, one in each lane of a v128. Clause numbers are of FIPS 180-4.
import { ACCUMULATOR, DIGESTS, INNER, INPUT, MESSAGES, WORDS } from "./memory";
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
    startFour();
    for (let block = 0; ; block++) {
      const active = i32x4.gt_s(blocks, i32x4.splat(block));
      if (!v128.any_true(active)) break;
      transpose(INPUT + 64 * block, SLOT_BYTES, 64);
      compressFour(active);
    }
    writeDigests();
    memory.fill(WORDS, 0, 1024);
  }
}

/** 5.3.3, in all lanes. */
function startFour(): void {
  for (let i = 0; i < 8; i++) v128.store(DIGESTS + 16 * i, i32x4.splat(initialWord(i)));
}

/**
 * RFC 2104 of `count` messages in ACCUMULATOR, each of `length` bytes and at most 55, under the keys in INPUT, each of
 * 32 bytes, whose places the tags take.
 */
export function hmacMany(count: i32, length: i32): void {
  if (ASC_FEATURE_SIMD) {
    for (let at = 0; at < count; at += 4) hmacFour(INPUT + 32 * at, ACCUMULATOR + length * at, length);
    memory.fill(WORDS, 0, 1024);
    memory.fill(MESSAGES, 0, 256);
    memory.fill(INNER, 0, 128);
    memory.fill(DIGESTS, 0, 128);
  }
}

function hmacFour(keys: usize, messages: usize, length: i32): void {
  const all = i32x4.splat(-1);
  startFour();
  keyBlock(keys, 0x36363636);
  compressFour(all);
  for (let lane = 0; lane < 4; lane++) padBehindKey(MESSAGES + 64 * lane, messages + length * lane, length);
  transpose(MESSAGES, 64, 64);
  compressFour(all);
  memory.copy(INNER, DIGESTS, 128);
  startFour();
  keyBlock(keys, 0x5c5c5c5c);
  compressFour(all);
  memory.copy(WORDS, INNER, 128);
  v128.store(WORDS, i32x4.splat(0x80000000), 128);
  memory.fill(WORDS + 144, 0, 96);
  v128.store(WORDS, i32x4.splat(8 * (64 + 32)), 240);
  compressFour(all);
  writeDigests();
  memory.copy(keys, DIGESTS, 128);
}

/** The key of each lane in the first half of a block, with the pad over all of it. */
function keyBlock(keys: usize, pad: i32): void {
  transpose(keys, 32, 32);
  const pads = i32x4.splat(pad);
  for (let at = WORDS; at < WORDS + 128; at += 16) v128.store(at, v128.xor(v128.load(at), pads));
  for (let at = WORDS + 128; at < WORDS + 256; at += 16) v128.store(at, pads);
}

/** 5.1.1, for what follows one block. */
function padBehindKey(block: usize, message: usize, length: i32): void {
  memory.copy(block, message, length);
  memory.fill(block + length, 0, 64 - length);
  store<u8>(block + length, 0x80);
  store<u64>(block + 56, bswap((<u64>length + 64) << 3));
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

/** `size` bytes of each lane, every `stride` bytes one, as big-endian words in WORDS. */
// @ts-ignore: decorator
@inline function transpose(block: usize, stride: usize, size: usize): void {
  for (let i: usize = 0; i < size; i += 16) {
    const from = block + i;
    const next = from + 2 * stride;
    storeColumns(WORDS + 4 * i, 16, v128.load(from), v128.load(from + stride), v128.load(next), v128.load(next + stride));
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
