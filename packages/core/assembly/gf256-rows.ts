// Carries out a part of a plan (src/engine/gf256-plan.ts) on the rows: sums and doubled sums, in strips of 128 bytes.
// The plan is public; no byte of a row decides a branch or an address.
import { timesX } from "./gf256";
import { doubled } from "./gf256-vectors";
import { PLAN, ROWS } from "./memory";

const DOUBLE: i32 = -1;
/** What all steps do before they go on: so much of every row stays in the cache nearest to the CPU. */
const TILE: usize = 1024;

/** On the first `length` bytes of each row, and on those up to the end of a strip. */
export function gfRun(length: i32): void {
  for (let from: usize = 0; from < <usize>length; from += TILE) {
    const past = min(from + TILE, <usize>length);
    let step = PLAN;
    while (load<i32>(step) >= 0) {
      if (ASC_FEATURE_SIMD) step = inVectors(step, from, past);
      else step = inWords(step, from, past);
    }
  }
}

function inVectors(step: usize, start: usize, past: usize): usize {
  const output = ROWS + load<i32>(step);
  let next = step;
  for (let i = start; i < past; i += 128) {
    let a = i64x2.splat(0);
    let b = a, c = a, d = a, e = a, f = a, g = a, h = a;
    for (next = step + 4; ; next += 4) {
      const entry = load<i32>(next);
      if (entry >= 0) {
        const from = ROWS + <usize>entry + i;
        a = v128.xor(a, v128.load(from));
        b = v128.xor(b, v128.load(from, 16));
        c = v128.xor(c, v128.load(from, 32));
        d = v128.xor(d, v128.load(from, 48));
        e = v128.xor(e, v128.load(from, 64));
        f = v128.xor(f, v128.load(from, 80));
        g = v128.xor(g, v128.load(from, 96));
        h = v128.xor(h, v128.load(from, 112));
      } else if (entry == DOUBLE) {
        a = doubled(a);
        b = doubled(b);
        c = doubled(c);
        d = doubled(d);
        e = doubled(e);
        f = doubled(f);
        g = doubled(g);
        h = doubled(h);
      } else break;
    }
    v128.store(output + i, a);
    v128.store(output + i, b, 16);
    v128.store(output + i, c, 32);
    v128.store(output + i, d, 48);
    v128.store(output + i, e, 64);
    v128.store(output + i, f, 80);
    v128.store(output + i, g, 96);
    v128.store(output + i, h, 112);
  }
  return next + 4;
}

// Without SIMD eight bytes are in each of four words.
function inWords(step: usize, start: usize, past: usize): usize {
  const output = ROWS + load<i32>(step);
  let next = step;
  for (let i = start; i < past; i += 32) {
    let a: u64 = 0, b: u64 = 0, c: u64 = 0, d: u64 = 0;
    for (next = step + 4; ; next += 4) {
      const entry = load<i32>(next);
      if (entry >= 0) {
        const from = ROWS + <usize>entry + i;
        a ^= load<u64>(from);
        b ^= load<u64>(from, 8);
        c ^= load<u64>(from, 16);
        d ^= load<u64>(from, 24);
      } else if (entry == DOUBLE) {
        a = timesX(a);
        b = timesX(b);
        c = timesX(c);
        d = timesX(d);
      } else break;
    }
    store<u64>(output + i, a);
    store<u64>(output + i, b, 8);
    store<u64>(output + i, c, 16);
    store<u64>(output + i, d, 24);
  }
  return next + 4;
}
