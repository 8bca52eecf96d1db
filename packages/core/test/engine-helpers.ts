import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createJsEngine, createWasmEngine } from '@chartseal/core/engine'
import { JsonObject } from '@chartseal/core/json'

/** Every implementation there is; a suite runs on each of them. */
export const engines = [
  { label: 'JavaScript', engine: createJsEngine() },
  { label: 'WebAssembly with SIMD', engine: createWasmEngine({ simd: true }) },
  { label: 'WebAssembly with SIMD, turbo', engine: createWasmEngine({ turbo: true }) },
  { label: 'WebAssembly without SIMD', engine: createWasmEngine({ simd: false }) },
]

/** An implementation by others. */
export function referenceSha256(...parts: readonly Uint8Array[]): Uint8Array {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return new Uint8Array(hash.digest())
}

/** Bytes that differ from position to position, and from seed to seed. */
export function pattern(length: number, seed = 1): Uint8Array {
  const bytes = new Uint8Array(length)
  for (let i = 0; i < length; i++) bytes[i] = i * 31 + (i >>> 8) * 7 + seed * 101
  return bytes
}

/** A product in GF(2^8) modulo 0x11B, by long multiplication. */
export function slowProduct(a: number, b: number): number {
  let product = 0
  for (let bit = 14; bit >= 0; bit--) {
    for (let i = 0; i < 8; i++)
      if (i <= bit && bit - i < 8) product ^= ((a >> i) & (b >> (bit - i)) & 1) << bit
  }
  for (let bit = 14; bit >= 8; bit--) if ((product >> bit) & 1) product ^= 0x11b << (bit - 8)
  return product
}

export function seedVectors(name: string): JsonObject {
  const file = new URL(`../../../vectors/seeds/${name}.json`, import.meta.url)
  return JsonObject.parse(readFileSync(file, 'utf8'))
}
