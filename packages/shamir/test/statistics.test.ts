import { createHash } from 'node:crypto'
import { equal } from '@chartseal/core/bytes'
import type { Random } from '@chartseal/core/ports'
import { type Share, split } from '@chartseal/shamir/v1'
import { describe, expect, it } from 'vitest'

/** The same bytes in every run: SHA-256 of a counter. */
function countedRandom(seed: string): Random {
  let counter = 0
  return {
    bytes(sizeBytes) {
      const blocks = Array.from({ length: Math.ceil(sizeBytes / 32) }, () =>
        createHash('sha256').update(`${seed} ${counter++}`).digest(),
      )
      return Uint8Array.from(Buffer.concat(blocks).subarray(0, sizeBytes))
    },
  }
}

/** Chi-square of the 256 byte values against the uniform distribution: 255 degrees of freedom. */
function chiSquare(bytes: Uint8Array): number {
  const counts = new Array<number>(256).fill(0)
  for (const byte of bytes) counts[byte] = (counts[byte] ?? 0) + 1
  const expected = bytes.length / 256
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)
}

// Between the 0.0001 and the 0.9999 quantile; without a byte value, chi-square would pass 1,000.
const plausible = { least: 178, most: 347 }
const sampleBytes = 2 ** 18

function expectUniform(bytes: Uint8Array): void {
  expect(bytes.length).toBe(sampleBytes)
  expect(chiSquare(bytes)).toBeGreaterThan(plausible.least)
  expect(chiSquare(bytes)).toBeLessThan(plausible.most)
}

const times = (a: number, b: number): number => {
  let product = 0
  for (let power = a, rest = b; rest > 0; rest >>= 1) {
    if (rest & 1) product ^= power
    power = power & 0x80 ? (power << 1) ^ 0x11b : power << 1
  }
  return product
}

/** With threshold 3, y(x) = s + c1 x + c2 x²; from shares 1 and 2 follows c2 = (2 (y1 + s) + y2 + s) / 6. */
function coefficients(secret: Uint8Array, [one, two]: readonly Share[]): [Uint8Array, Uint8Array] {
  const sixth = Array.from({ length: 256 }, (_, x) => x).find(x => times(6, x) === 1) ?? 0
  const at = (share: Share | undefined, i: number): number => (share?.y[i] ?? 0) ^ (secret[i] ?? 0)
  const top = secret.map((_, i) => times(times(2, at(one, i)) ^ at(two, i), sixth))
  return [secret.map((_, i) => at(one, i) ^ (top[i] ?? 0)), top]
}

describe.each([0x00, 0x01, 0xff])('shares of a secret of bytes %i', value => {
  const secret = new Uint8Array(sampleBytes).fill(value)

  it('draws uniform coefficients, the top one and zero included', () => {
    const shares = split(secret, { threshold: 3, numShares: 3, random: countedRandom(`three ${value}`) })
    const [linear, top] = coefficients(secret, shares)
    for (const bytes of [linear, top]) {
      expectUniform(bytes)
      expect(bytes.includes(0)).toBe(true)
    }
    expect(equal(linear, top)).toBe(false)
  })

  it('makes shares that are uniform one by one', () => {
    const shares = split(secret, { threshold: 2, numShares: 3, random: countedRandom(`two ${value}`) })
    for (const { y } of shares) expectUniform(y)
  })
})

it('notices a top coefficient that is never zero', () => {
  const biased = countedRandom('biased')
    .bytes(sampleBytes)
    .map(byte => byte || 1)
  expect(chiSquare(biased)).toBeGreaterThan(plausible.most)
})
