// GF(2^8) modulo x^8 + x^4 + x^3 + x + 1 (0x11B). No operand decides a branch or an address: bits of the factor become
// masks, and the only look-up is i8x16.swizzle, which picks from a register.
import { highHalves, lowHalves, timesHalves, writeProducts } from "./gf256-vectors";
import { ACCUMULATOR, INPUT, PRODUCTS } from "./memory";

/** ACCUMULATOR[i] ^= factor · INPUT[i] for whole blocks of 16 bytes; the caller pads both. */
export function gfMultiplyAccumulate(length: i32, factor: u32): void {
  if (ASC_FEATURE_SIMD) byNibbles(<usize>length, factor);
  else byWords(<usize>length, factor);
}

function byNibbles(length: usize, factor: u32): void {
  writeProducts(PRODUCTS, factor);
  for (let i: usize = 0; i < length; i += 16) {
    const x = v128.load(INPUT + i);
    const product = timesHalves(lowHalves(x), highHalves(x), PRODUCTS);
    v128.store(ACCUMULATOR + i, v128.xor(v128.load(ACCUMULATOR + i), product));
  }
  memory.fill(PRODUCTS, 0, 32);
}

// Without SIMD eight bytes at once; the modulus is folded in by multiplication.
const LOW_SEVEN: u64 = 0x7f7f7f7f7f7f7f7f;
const LOWEST: u64 = 0x0101010101010101;

// @ts-ignore: decorator
@inline export function timesX(bytes: u64): u64 {
  return ((bytes & LOW_SEVEN) << 1) ^ (((bytes >> 7) & LOWEST) * 0x1b);
}

// @ts-ignore: decorator
@inline function mask(factor: u32, bit: u32): u64 {
  return 0 - <u64>((factor >> bit) & 1);
}

function byWords(length: usize, factor: u32): void {
  const m0 = mask(factor, 0);
  const m1 = mask(factor, 1);
  const m2 = mask(factor, 2);
  const m3 = mask(factor, 3);
  const m4 = mask(factor, 4);
  const m5 = mask(factor, 5);
  const m6 = mask(factor, 6);
  const m7 = mask(factor, 7);
  for (let i: usize = 0; i < length; i += 8) {
    const x0 = load<u64>(INPUT + i);
    const x1 = timesX(x0);
    const x2 = timesX(x1);
    const x3 = timesX(x2);
    const x4 = timesX(x3);
    const x5 = timesX(x4);
    const x6 = timesX(x5);
    const x7 = timesX(x6);
    const low = (x0 & m0) ^ (x1 & m1) ^ (x2 & m2) ^ (x3 & m3);
    const high = (x4 & m4) ^ (x5 & m5) ^ (x6 & m6) ^ (x7 & m7);
    store<u64>(ACCUMULATOR + i, load<u64>(ACCUMULATOR + i) ^ low ^ high);
  }
}
