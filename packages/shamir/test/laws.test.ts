import { equal } from '@chartseal/core/bytes'
import { createJsEngine, createWasmEngine } from '@chartseal/core/engine'
import { combine, legacyCombine, type Share, split } from '@chartseal/shamir/v1'
import { subsetsOf } from '@chartseal/shamir/vectors'
import { codeOf, propertyRuns, scriptedRandom } from '@chartseal/testkit'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

const secretOf = (maxLength: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ minLength: 1, maxLength })
const sizes = (maxShares: number): fc.Arbitrary<[threshold: number, numShares: number]> =>
  fc
    .integer({ min: 2, max: maxShares })
    .chain(numShares => fc.tuple(fc.integer({ min: 2, max: numShares }), fc.constant(numShares)))

describe.each([createJsEngine(), createWasmEngine()])('laws of sharing, $name engine', engine => {
  it('gives the secret back from every subset of the threshold', () => {
    const law = fc.property(secretOf(70), sizes(8), (secret, [threshold, numShares]) => {
      const shares = split(secret, { threshold, numShares, engine })
      for (const subset of subsetsOf(shares, threshold)) {
        expect(combine(subset, { threshold, engine })).toEqual(secret)
      }
    })
    fc.assert(law, propertyRuns(60, 15))
  })

  it('gives the secret back in any order and from any number of shares, the threshold or more', () => {
    const law = fc.property(secretOf(300), sizes(255), fc.infiniteStream(fc.nat()), (secret, size, ranks) => {
      const [threshold, numShares] = size
      const shares = shuffled(split(secret, { threshold, numShares, engine }), ranks)
      const [extra = 0] = ranks
      const some = shares.slice(0, threshold + (extra % (numShares - threshold + 1)))
      expect(combine(some, { threshold, engine })).toEqual(secret)
      expect(combine(some, { engine })).toEqual(secret)
      expect(legacyCombine(some, { engine })).toEqual(secret)
    })
    fc.assert(law, propertyRuns(40, 10))
  })

  it('reveals nothing with one share too few: every secret fits equally well', () => {
    const law = fc.property(
      secretOf(20),
      fc.uint8Array({ minLength: 20, maxLength: 20 }),
      (secret, stream) => {
        const other = stream.subarray(0, secret.length)
        const [first] = split(secret, { threshold: 2, numShares: 2, engine })
        if (first === undefined) throw new Error('internal: no share')
        const coefficients = first.y.map((value, i) => value ^ (other[i] ?? 0))
        const options = { threshold: 2, numShares: 2, engine, random: scriptedRandom(coefficients) }
        expect(split(other, options)[0]).toEqual(first)
      },
    )
    fc.assert(law, propertyRuns())
  })

  it('notices a changed byte in any share when there is one share more than needed', async () => {
    const law = fc.asyncProperty(
      secretOf(40),
      sizes(7),
      fc.nat(),
      fc.nat(),
      fc.integer({ min: 1, max: 255 }),
      async (secret, [threshold, numShares], which, where, difference) => {
        const shares = split(secret, { threshold, numShares: numShares + 1, engine })
        const damaged = damage(shares, which % shares.length, where % secret.length, difference)
        const code = await codeOf(() => combine(damaged, { threshold, engine }))
        expect(code).toBe('shamir/inconsistent-shares')
      },
    )
    await fc.assert(law, propertyRuns())
  })

  it('changes neither the secret nor the shares, and gives fresh bytes', () => {
    const secret = Uint8Array.of(1, 2, 3)
    const shares = split(secret, { threshold: 2, numShares: 3, engine })
    const before = shares.map(({ x, y }) => ({ x, y: Uint8Array.from(y) }))
    combine(shares, { threshold: 2, engine }).fill(0)
    legacyCombine(shares.slice(0, 1), { engine }).fill(0)
    shares[0]?.y.fill(0)
    expect(secret).toEqual(Uint8Array.of(1, 2, 3))
    expect(shares.slice(1)).toEqual(before.slice(1))
  })

  it('writes into memory of the caller, and into nothing else', () => {
    const law = fc.property(secretOf(300), sizes(9), (secret, [threshold, numShares]) => {
      const outputs = Array.from({ length: numShares }, () => new Uint8Array(secret.length).fill(0xee))
      const shares = split(secret, { threshold, numShares, outputs, engine })
      shares.forEach(({ x, y }, i) => {
        expect(x).toBe(i + 1)
        expect(y).toBe(outputs[i])
      })
      const output = new Uint8Array(secret.length).fill(0xee)
      expect(combine(shares, { threshold, output, engine })).toBe(output)
      expect(output).toEqual(secret)
    })
    fc.assert(law, propertyRuns(40, 10))
  })

  it('holds at the borders: 2 of 2, 2 of 255, 255 of 255, and a megabyte', () => {
    const secret = Uint8Array.from({ length: 33 }, (_, i) => i)
    for (const [threshold, numShares] of [
      [2, 2],
      [2, 255],
      [255, 255],
    ] as const) {
      const shares = split(secret, { threshold, numShares, engine })
      expect(shares.map(({ x }) => x)).toEqual(Array.from({ length: numShares }, (_, i) => i + 1))
      expect(combine(shares.slice(-threshold), { threshold, engine })).toEqual(secret)
    }
    const large = new Uint8Array(2 ** 20 + 3).map((_, i) => i * 31)
    const shares = split(large, { threshold: 3, numShares: 5, engine })
    expect(equal(combine(shares.slice(1, 4), { threshold: 3, engine }), large)).toBe(true)
  })
})

it('makes the same shares from the same randomness on both engines', () => {
  const law = fc.property(secretOf(40), fc.uint8Array({ minLength: 40, maxLength: 40 }), (secret, stream) => {
    const random = () => scriptedRandom(stream.subarray(0, secret.length), stream.subarray(-secret.length))
    const [js, wasm] = [createJsEngine(), createWasmEngine()].map(engine =>
      split(secret, { threshold: 3, numShares: 6, random: random(), engine }),
    )
    expect(js).toEqual(wasm)
  })
  fc.assert(law, propertyRuns())
})

function shuffled(shares: readonly Share[], ranks: fc.Stream<number>): readonly Share[] {
  const order = [...ranks.take(shares.length)]
  return shares
    .map((share, i) => ({ share, rank: order[i] ?? 0 }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ share }) => share)
}

function damage(
  shares: readonly Share[],
  which: number,
  where: number,
  difference: number,
): readonly Share[] {
  return shares.map((share, i) => {
    const y = Uint8Array.from(share.y)
    if (i === which) y[where] = (y[where] ?? 0) ^ difference
    return { x: share.x, y }
  })
}
