// SHA-256, FIPS 180-4. Clause numbers below are of that standard.
import { ACCUMULATOR, CONTEXT, CONTEXT_BYTES, DIGEST, INNER, INPUT, LENGTH, MESSAGES, PENDING, SCHEDULE, STATE } from "./memory";

// 4.2.2
export const K: usize = memory.data<u32>([
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
  0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
  0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
  0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
  0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
  0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
  0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
  0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
]);

// 5.3.3
const INITIAL: usize = memory.data<u32>([
  0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
]);

// 4.1.2
// @ts-ignore: decorator
@inline export function bigSigma0(x: u32): u32 { return rotr(x, 2) ^ rotr(x, 13) ^ rotr(x, 22); }
// @ts-ignore: decorator
@inline export function bigSigma1(x: u32): u32 { return rotr(x, 6) ^ rotr(x, 11) ^ rotr(x, 25); }
// @ts-ignore: decorator
@inline export function smallSigma0(x: u32): u32 { return rotr(x, 7) ^ rotr(x, 18) ^ (x >> 3); }
// @ts-ignore: decorator
@inline export function smallSigma1(x: u32): u32 { return rotr(x, 17) ^ rotr(x, 19) ^ (x >> 10); }
// @ts-ignore: decorator
@inline export function ch(x: u32, y: u32, z: u32): u32 { return z ^ (x & (y ^ z)); }
// @ts-ignore: decorator
@inline export function maj(x: u32, y: u32, z: u32): u32 { return (x & y) | (z & (x | y)); }

/** A big-endian word of memory. */
// @ts-ignore: decorator
@inline export function loadBE(at: usize): u32 { return bswap(load<u32>(at)); }

// 6.2.2 step 1; constants are added in advance
function expand(block: usize): void {
  for (let i: usize = 0; i < 64; i += 4) store<u32>(SCHEDULE + i, loadBE(block + i));
  for (let at = SCHEDULE; at < SCHEDULE + 192; at += 4) {
    store<u32>(at, smallSigma1(load<u32>(at, 56)) + load<u32>(at, 36) + smallSigma0(load<u32>(at, 4)) + load<u32>(at), 64);
  }
}

// @ts-ignore: decorator
@inline function wordAndConstant(t: usize, index: usize): u32 {
  return load<u32>(SCHEDULE + t + 4 * index) + load<u32>(K + t + 4 * index);
}

/**
 * 6.2.2: one block of 64 bytes into a state of eight words. What is ready early is added first: e and a of the round
 * before are what a round waits for.
 */
export function compress(state: usize, block: usize): void {
  expand(block);
  let a = load<u32>(state);
  let b = load<u32>(state, 4);
  let c = load<u32>(state, 8);
  let d = load<u32>(state, 12);
  let e = load<u32>(state, 16);
  let f = load<u32>(state, 20);
  let g = load<u32>(state, 24);
  let h = load<u32>(state, 28);
  for (let t: usize = 0; t < 256; t += 32) {
    h = h + wordAndConstant(t, 0) + ch(e, f, g) + bigSigma1(e); d += h; h += maj(a, b, c) + bigSigma0(a);
    g = g + wordAndConstant(t, 1) + ch(d, e, f) + bigSigma1(d); c += g; g += maj(h, a, b) + bigSigma0(h);
    f = f + wordAndConstant(t, 2) + ch(c, d, e) + bigSigma1(c); b += f; f += maj(g, h, a) + bigSigma0(g);
    e = e + wordAndConstant(t, 3) + ch(b, c, d) + bigSigma1(b); a += e; e += maj(f, g, h) + bigSigma0(f);
    d = d + wordAndConstant(t, 4) + ch(a, b, c) + bigSigma1(a); h += d; d += maj(e, f, g) + bigSigma0(e);
    c = c + wordAndConstant(t, 5) + ch(h, a, b) + bigSigma1(h); g += c; c += maj(d, e, f) + bigSigma0(d);
    b = b + wordAndConstant(t, 6) + ch(g, h, a) + bigSigma1(g); f += b; b += maj(c, d, e) + bigSigma0(c);
    a = a + wordAndConstant(t, 7) + ch(f, g, h) + bigSigma1(f); e += a; a += maj(b, c, d) + bigSigma0(b);
  }
  store<u32>(state, load<u32>(state) + a);
  store<u32>(state, load<u32>(state, 4) + b, 4);
  store<u32>(state, load<u32>(state, 8) + c, 8);
  store<u32>(state, load<u32>(state, 12) + d, 12);
  store<u32>(state, load<u32>(state, 16) + e, 16);
  store<u32>(state, load<u32>(state, 20) + f, 20);
  store<u32>(state, load<u32>(state, 24) + g, 24);
  store<u32>(state, load<u32>(state, 28) + h, 28);
}

export function initialWord(index: usize): u32 { return load<u32>(INITIAL + 4 * index); }

/** A new computation in CONTEXT. */
export function sha256Start(): void {
  memory.copy(STATE, INITIAL, 32);
  store<u64>(LENGTH, 0);
}

/** Hashes the first `length` bytes of INPUT into CONTEXT. */
export function sha256Update(length: i32): void {
  const held = <usize>(load<u64>(LENGTH) & 63);
  store<u64>(LENGTH, load<u64>(LENGTH) + length);
  let from = INPUT;
  const end = INPUT + length;
  if (held + length < 64) {
    memory.copy(PENDING + held, from, length);
    return;
  }
  if (held > 0) {
    memory.copy(PENDING + held, from, 64 - held);
    compress(STATE, PENDING);
    from += 64 - held;
  }
  for (; from + 64 <= end; from += 64) compress(STATE, from);
  memory.copy(PENDING, from, end - from);
}

/** 5.1.1: pads, writes DIGEST, and wipes what is left of the message. */
export function sha256Finish(): void {
  const length = load<u64>(LENGTH);
  const held = <usize>(length & 63);
  store<u8>(PENDING + held, 0x80);
  memory.fill(PENDING + held + 1, 0, 63 - held);
  if (held >= 56) {
    compress(STATE, PENDING);
    memory.fill(PENDING, 0, 56);
  }
  store<u64>(PENDING + 56, bswap(length << 3));
  compress(STATE, PENDING);
  for (let i: usize = 0; i < 32; i += 4) store<u32>(DIGEST + i, bswap(load<u32>(STATE + i)));
  memory.fill(CONTEXT, 0, CONTEXT_BYTES);
  memory.fill(SCHEDULE, 0, 256);
}

/** Of HKDF: the states behind the padded key, inner and outer, and the inner hash. */
const INNER_STATE: usize = INNER;
const OUTER_STATE: usize = INNER + 32;
const HASH: usize = INNER + 64;

/**
 * RFC 5869 without info: a salt of 32 bytes and the secret behind it in INPUT, `count` outputs of 32 bytes each into
 * ACCUMULATOR.
 */
export function hkdf(secretBytes: i32, count: i32): void {
  startHmac(INPUT);
  hmac(INPUT + 32, secretBytes, HASH);
  startHmac(HASH);
  let length = 1;
  for (let i = 1; i <= count; i++) {
    const output = ACCUMULATOR + 32 * (i - 1);
    if (i > 1) memory.copy(INPUT, output - 32, 32);
    store<u8>(INPUT + length - 1, i);
    hmac(INPUT, length, output);
    length = 33;
  }
  memory.fill(INNER, 0, 128);
  memory.fill(MESSAGES, 0, 64);
  memory.fill(STATE, 0, 32);
  memory.fill(SCHEDULE, 0, 256);
}

/** RFC 2104: the states of a key of 32 bytes. */
function startHmac(key: usize): void {
  padKey(key, 0x3636363636363636);
  memory.copy(INNER_STATE, INITIAL, 32);
  compress(INNER_STATE, MESSAGES);
  padKey(key, 0x5c5c5c5c5c5c5c5c);
  memory.copy(OUTER_STATE, INITIAL, 32);
  compress(OUTER_STATE, MESSAGES);
}

function padKey(key: usize, pad: u64): void {
  for (let i: usize = 0; i < 32; i += 8) store<u64>(MESSAGES + i, load<u64>(key + i) ^ pad);
  for (let i: usize = 32; i < 64; i += 8) store<u64>(MESSAGES + i, pad);
}

function hmac(message: usize, length: i32, output: usize): void {
  memory.copy(STATE, INNER_STATE, 32);
  hashBehindKey(message, length, HASH);
  memory.copy(STATE, OUTER_STATE, 32);
  hashBehindKey(HASH, 32, output);
}

/** 5.1.1, for what follows one block that is in STATE already. */
function hashBehindKey(message: usize, length: i32, output: usize): void {
  const end = message + length;
  let from = message;
  for (; from + 64 <= end; from += 64) compress(STATE, from);
  const held = end - from;
  memory.copy(MESSAGES, from, held);
  memory.fill(MESSAGES + held, 0, 64 - held);
  store<u8>(MESSAGES + held, 0x80);
  if (held >= 56) {
    compress(STATE, MESSAGES);
    memory.fill(MESSAGES, 0, 64);
  }
  store<u64>(MESSAGES + 56, bswap((<u64>length + 64) << 3));
  compress(STATE, MESSAGES);
  for (let i: usize = 0; i < 32; i += 4) store<u32>(output + i, bswap(load<u32>(STATE + i)));
}
