// Sixteen bytes of GF(2^8) modulo 0x11B at once. Constants are loaded: V8 makes each literal vector anew in every pass.
import { FIFTEENS, MODULUS } from "./memory";

// @ts-ignore: decorator
@inline export function doubled(a: v128): v128 {
  const overflows = i8x16.lt_s(a, i64x2.splat(0));
  return v128.xor(i8x16.add(a, a), v128.and(overflows, v128.load(MODULUS)));
}

// A byte is the sum of its halves, and its product the sum of theirs.

// @ts-ignore: decorator
@inline export function lowHalves(a: v128): v128 { return v128.and(a, v128.load(FIFTEENS)); }
// @ts-ignore: decorator
@inline export function highHalves(a: v128): v128 { return v128.and(i16x8.shr_u(a, 4), v128.load(FIFTEENS)); }

/** With the factor that `writeProducts` was given for this table. */
// @ts-ignore: decorator
@inline export function timesHalves(low: v128, high: v128, table: usize): v128 {
  return v128.xor(i8x16.swizzle(v128.load(table), low), i8x16.swizzle(v128.load(table, 16), high));
}

/** 32 bytes: `factor` times 0 to 15, and times 0, 16, 32 … 240. */
export function writeProducts(table: usize, factor: u32): void {
  const halves = i8x16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  v128.store(table, times(halves, factor));
  v128.store(table, times(i16x8.shl(halves, 4), factor), 16);
}

function times(bytes: v128, factor: u32): v128 {
  let product = i64x2.splat(0);
  let power = bytes;
  for (let bit = 0; bit < 8; bit++) {
    product = v128.xor(product, v128.and(power, i8x16.splat(<i8>(0 - ((factor >> bit) & 1)))));
    power = doubled(power);
  }
  return product;
}
