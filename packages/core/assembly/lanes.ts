// The functions of FIPS 180-4 4.1.2 on four words at once, and the byte order of a nonce.

// @ts-ignore: decorator
@inline function rotate(x: v128, by: i32): v128 { return v128.or(i32x4.shr_u(x, by), i32x4.shl(x, 32 - by)); }
// @ts-ignore: decorator
@inline function xor3(x: v128, y: v128, z: v128): v128 { return v128.xor(v128.xor(x, y), z); }

// @ts-ignore: decorator
@inline export function bigSigma0(x: v128): v128 { return xor3(rotate(x, 2), rotate(x, 13), rotate(x, 22)); }
// @ts-ignore: decorator
@inline export function bigSigma1(x: v128): v128 { return xor3(rotate(x, 6), rotate(x, 11), rotate(x, 25)); }
// @ts-ignore: decorator
@inline export function smallSigma0(x: v128): v128 { return xor3(rotate(x, 7), rotate(x, 18), i32x4.shr_u(x, 3)); }
// @ts-ignore: decorator
@inline export function smallSigma1(x: v128): v128 { return xor3(rotate(x, 17), rotate(x, 19), i32x4.shr_u(x, 10)); }

/** The bytes of each lane in the other order. */
// @ts-ignore: decorator
@inline export function swapLanes(x: v128): v128 {
  return i8x16.shuffle(x, x, 3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12);
}
