// Shares at the points 1, 2, 3 … up to 15, for thresholds up to 5: what nearly everybody asks for, in registers.
//
// Of f(x) = s + c1·x + c2·x² + c3·x³ + c4·x⁴ only the cube is not linear over GF(2): (a + b)³ = a³ + b³ + ab(a + b). So
// f(a + b) = f(a) + f(b) + s + ab(a + b)·c3, and f at 1, 2, 4 and 8 is enough, with c3 doubled again and again.
// Threshold and count are public and decide branches; no byte of a row does, nor an address.
import { doubled, highHalves, lowHalves, timesHalves, writeProducts } from "./gf256-vectors";
import { PRODUCTS, ROWS } from "./memory";

// Products of half bytes with x² and x⁴ for x = 2, 4 and 8.
const SQUARE_2: usize = PRODUCTS;
const SQUARE_4: usize = PRODUCTS + 32;
const SQUARE_8: usize = PRODUCTS + 64;
const FOURTH_2: usize = SQUARE_4;
const FOURTH_4: usize = PRODUCTS + 96;
const FOURTH_8: usize = PRODUCTS + 128;

/** Rows are `rowBytes` apart: the secret, `threshold` - 1 coefficients, then `count` shares, which are written. */
export function gfShares(threshold: i32, count: i32, length: i32, rowBytes: i32): void {
  if (ASC_FEATURE_SIMD) {
    writeProducts(SQUARE_2, 4);
    writeProducts(SQUARE_4, 16);
    writeProducts(SQUARE_8, 64);
    writeProducts(FOURTH_4, 0x1b);
    writeProducts(FOURTH_8, 0xab);
    if (threshold == 2) shares(2, count, <usize>length, <usize>rowBytes);
    else if (threshold == 3) shares(3, count, <usize>length, <usize>rowBytes);
    else if (threshold == 4) shares(4, count, <usize>length, <usize>rowBytes);
    else shares(5, count, <usize>length, <usize>rowBytes);
  }
}

// @ts-ignore: decorator
@inline function plus(a: v128, b: v128): v128 { return v128.xor(a, b); }

/** `threshold` is known where this is compiled: what it does not need falls away. */
// @ts-ignore: decorator
@inline function shares(threshold: i32, count: i32, length: usize, rowBytes: usize): void {
  for (let i: usize = 0; i < length; i += 16) {
    let row = ROWS + i;
    const s = v128.load(row);
    row += rowBytes;
    const c1 = v128.load(row), c1x2 = doubled(c1);
    row += rowBytes;
    let f1 = c1, f2 = c1x2;
    let low2 = s, high2 = s, low4 = s, high4 = s, c3x2 = s, c3x4 = s, c3x8 = s;
    if (threshold > 2) {
      const c2 = v128.load(row);
      row += rowBytes;
      low2 = lowHalves(c2);
      high2 = highHalves(c2);
      f1 = plus(f1, c2);
      f2 = plus(f2, timesHalves(low2, high2, SQUARE_2));
    }
    if (threshold > 3) {
      const c3 = v128.load(row);
      row += rowBytes;
      c3x2 = doubled(c3);
      c3x4 = doubled(c3x2);
      c3x8 = doubled(c3x4);
      f1 = plus(f1, c3);
      f2 = plus(f2, c3x8);
    }
    if (threshold > 4) {
      const c4 = v128.load(row);
      row += rowBytes;
      low4 = lowHalves(c4);
      high4 = highHalves(c4);
      f1 = plus(f1, c4);
      f2 = plus(f2, timesHalves(low4, high4, FOURTH_2));
    }
    const y2 = plus(s, f2);
    const step = threshold > 3 ? plus(f1, plus(c3x2, c3x4)) : f1;
    v128.store(row, plus(s, f1));
    row += rowBytes;
    v128.store(row, y2);
    if (count == 2) continue;
    row += rowBytes;
    v128.store(row, plus(y2, step));
    if (count == 3) continue;

    const c1x4 = doubled(c1x2);
    let f4 = c1x4;
    let pair14 = s, pair24 = s, c3x32 = s, c3x64 = s, c3x128 = s;
    if (threshold > 2) f4 = plus(f4, timesHalves(low2, high2, SQUARE_4));
    if (threshold > 3) {
      const c3x16 = doubled(c3x8);
      c3x32 = doubled(c3x16);
      c3x64 = doubled(c3x32);
      c3x128 = doubled(c3x64);
      pair14 = plus(c3x16, c3x4);
      pair24 = plus(c3x32, c3x16);
      f4 = plus(f4, c3x64);
    }
    if (threshold > 4) f4 = plus(f4, timesHalves(low4, high4, FOURTH_4));
    const y4 = plus(s, f4);
    row += rowBytes;
    v128.store(row, y4);
    if (count == 4) continue;
    row += rowBytes;
    v128.store(row, withPair(threshold, plus(y4, f1), pair14));
    if (count == 5) continue;
    const y6 = withPair(threshold, plus(y4, f2), pair24);
    row += rowBytes;
    v128.store(row, y6);
    if (count == 6) continue;
    row += rowBytes;
    v128.store(row, withPair(threshold, plus(y6, step), pair14));
    if (count == 7) continue;

    let f8 = doubled(c1x4);
    if (threshold > 2) f8 = plus(f8, timesHalves(low2, high2, SQUARE_8));
    if (threshold > 3) f8 = plus(f8, doubled(doubled(c3x128)));
    if (threshold > 4) f8 = plus(f8, timesHalves(low4, high4, FOURTH_8));
    const pair18 = plus(c3x64, c3x8), pair28 = plus(c3x128, c3x32);
    const y8 = plus(s, f8);
    row += rowBytes;
    v128.store(row, y8);
    if (count == 8) continue;
    row += rowBytes;
    v128.store(row, withPair(threshold, plus(y8, f1), pair18));
    if (count == 9) continue;
    const y10 = withPair(threshold, plus(y8, f2), pair28);
    row += rowBytes;
    v128.store(row, y10);
    if (count == 10) continue;
    row += rowBytes;
    v128.store(row, withPair(threshold, plus(y10, step), pair18));
    if (count == 11) continue;
    const y12 = withPair(threshold, plus(y8, f4), plus(doubled(c3x128), c3x128));
    row += rowBytes;
    v128.store(row, y12);
    if (count == 12) continue;
    row += rowBytes;
    v128.store(row, withPair(threshold, plus(y12, f1), plus(pair14, pair18)));
    if (count == 13) continue;
    const y14 = withPair(threshold, plus(y12, f2), plus(pair24, pair28));
    row += rowBytes;
    v128.store(row, y14);
    if (count == 14) continue;
    row += rowBytes;
    v128.store(row, withPair(threshold, plus(y14, step), plus(pair14, pair18)));
  }
}

/** The sum of two values of f, and what c3 adds. */
// @ts-ignore: decorator
@inline function withPair(threshold: i32, sum: v128, pair: v128): v128 { return threshold > 3 ? plus(sum, pair) : sum; }
