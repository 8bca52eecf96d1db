import { ChartsealError } from '@chartseal/core/errors'
import {
  combine,
  legacyCombine,
  maxSecretBytes,
  maxShares,
  type Share,
  shamirError,
  split,
} from '@chartseal/shamir/v1'
import { codeOf, codesRaised } from '@chartseal/testkit'
import { describe, expect, it } from 'vitest'

const ofVersion1: readonly string[] = [
  'shamir/bad-threshold',
  'shamir/bad-size',
  'shamir/bad-index',
  'shamir/duplicate-index',
  'shamir/mixed-lengths',
  'shamir/too-few-shares',
  'shamir/inconsistent-shares',
]
const expectCode = codesRaised(
  shamirError,
  shamirError.codes.filter(code => !ofVersion1.includes(code)),
)
const secret = Uint8Array.of(0xde, 0xad, 0xbe, 0xef)
const shares = split(secret, { threshold: 3, numShares: 5 })
const share = (x: number, ...y: readonly number[]): Share => ({ x, y: Uint8Array.from(y) })

describe('splitting', () => {
  it.each([
    [1, 1],
    [1, 3],
    [0, 3],
    [-3, 3],
    [4, 3],
    [2, 256],
    [2, 257],
    [256, 256],
    [2.5, 3],
    [2, 3.5],
    [Number.NaN, 3],
    [2, Number.POSITIVE_INFINITY],
  ])('refuses to split %d of %d', async (threshold, numShares) => {
    await expectCode('shamir/bad-threshold', () => split(secret, { threshold, numShares }))
  })

  it('refuses to split an empty secret and one above the limit', async () => {
    for (const size of [0, maxSecretBytes + 1]) {
      const attempt = (): unknown => split(new Uint8Array(size), { threshold: 2, numShares: 2 })
      await expectCode('shamir/bad-size', attempt)
    }
  })

  it('throws RangeError for outputs of another number or length', () => {
    const sizes = { threshold: 2, numShares: 2 }
    const splitInto =
      (...outputs: Uint8Array[]) =>
      () =>
        split(secret, { ...sizes, outputs })
    const whole = new Uint8Array(4)
    expect(splitInto(whole)).toThrow(RangeError)
    expect(splitInto(whole, whole, whole)).toThrow(RangeError)
    expect(splitInto(whole, new Uint8Array(5))).toThrow(RangeError)
    expect(() => combine(shares, { output: new Uint8Array(3) })).toThrow(RangeError)
  })

  it('makes no share that is the secret', () => {
    const all = split(secret, { threshold: 2, numShares: maxShares })
    expect(all.every(({ x }) => x >= 1 && x <= maxShares)).toBe(true)
    expect(new Set(all.map(({ x }) => x)).size).toBe(maxShares)
  })
})

describe('bad sets are refused by name', () => {
  it.each([
    ['shamir/too-few-shares', []],
    ['shamir/too-few-shares', [share(1, 7)]],
    ['shamir/bad-index', [share(0, 7), share(1, 7)]],
    ['shamir/bad-index', [share(1, 7), share(256, 7)]],
    ['shamir/bad-index', [share(1, 7), share(257, 7)]],
    ['shamir/bad-index', [share(1, 7), share(-1, 7)]],
    ['shamir/bad-index', [share(1, 7), share(1.5, 7)]],
    ['shamir/bad-index', [share(1, 7), share(Number.NaN, 7)]],
    ['shamir/duplicate-index', [share(1, 7), share(2, 7), share(1, 7)]],
    ['shamir/duplicate-index', [share(1, 7), share(1, 8)]],
    ['shamir/mixed-lengths', [share(1, 7), share(2, 7, 8)]],
    ['shamir/mixed-lengths', [share(1, 7, 8), share(2, 7), share(3, 7, 8)]],
    ['shamir/bad-size', [share(1), share(2)]],
    ['shamir/bad-size', [share(1, 7), share(2)]],
  ] as const)('refuses a bad set with %s', async (code, set) => {
    await expectCode(code, () => combine(set))
  })

  it('refuses shares above the limit of the size', async () => {
    const y = new Uint8Array(maxSecretBytes + 1)
    await expectCode('shamir/bad-size', () =>
      combine([
        { x: 1, y },
        { x: 2, y },
      ]),
    )
  })

  it.each([1, 0, -1, 256, 2.5, Number.NaN])('refuses a threshold of %d', async threshold => {
    await expectCode('shamir/bad-threshold', () => combine(shares, { threshold }))
  })

  it('refuses fewer shares than the threshold', async () => {
    const attempt = (): unknown => combine(shares.slice(0, 2), { threshold: 3 })
    await expectCode('shamir/too-few-shares', attempt)
    expect(attempt).toThrow('3 shares are needed, 2 are here.')
  })

  it('names the shares of another split', async () => {
    const [, , , fourth, fifth] = split(secret, { threshold: 3, numShares: 5 })
    if (fourth === undefined || fifth === undefined) throw new Error('internal: no share')
    const mixed = [...shares.slice(0, 3), fourth, fifth]
    await expectCode('shamir/inconsistent-shares', () => combine(mixed, { threshold: 3 }))
    expect(() => combine(mixed, { threshold: 3 })).toThrow('4, 5 disagree')
    const fewer = [...shares.slice(0, 4), fifth]
    expect(() => combine(fewer, { threshold: 3 })).toThrow('5 disagree')
  })

  it('leaves nothing that was computed in the memory of the caller', () => {
    const output = new Uint8Array(4).fill(0xee)
    expect(() => combine(shares, { threshold: 2, output })).toThrow('disagree')
    expect(output).toEqual(new Uint8Array(4))
  })

  it('refuses a threshold that is too small for the shares', async () => {
    await expectCode('shamir/inconsistent-shares', () => combine(shares, { threshold: 2 }))
  })
})

describe('the lenient door', () => {
  it('opens a threshold of 1 in lenient mode, where every share is the secret', () => {
    expect(legacyCombine([share(1, 7)])).toEqual(Uint8Array.of(7))
    expect(legacyCombine([share(9, 7)], { threshold: 1 })).toEqual(Uint8Array.of(7))
    expect(legacyCombine([share(1, 7), share(2, 7)], { threshold: 1 })).toEqual(Uint8Array.of(7))
  })

  it('refuses all the rest in lenient mode as the strict one does', async () => {
    await expectCode('shamir/too-few-shares', () => legacyCombine([]))
    await expectCode('shamir/bad-index', () => legacyCombine([share(0, 7)]))
    await expectCode('shamir/bad-index', () => legacyCombine([share(256, 7)]))
    await expectCode('shamir/bad-size', () => legacyCombine([share(1)]))
    await expectCode('shamir/bad-threshold', () => legacyCombine(shares, { threshold: 0 }))
    await expectCode('shamir/inconsistent-shares', () => legacyCombine(shares, { threshold: 1 }))
  })
})

describe('limits of version 1, as documented', () => {
  it('gives a wrong secret for too few shares without a threshold', async () => {
    expect(await codeOf(() => combine(shares.slice(0, 2)))).toBe('accepted')
    expect(combine(shares.slice(0, 2))).not.toEqual(secret)
  })

  it('gives a wrong secret for exactly enough shares of which one is damaged', () => {
    const damaged = shares.slice(0, 3).map(({ x, y }, i) => ({ x, y: i === 0 ? y.map(byte => byte ^ 1) : y }))
    expect(combine(damaged, { threshold: 3 })).not.toEqual(secret)
  })
})

it('puts no byte of a share into an error', () => {
  const set = [share(1, 201, 202), share(2, 203, 204), share(3, 205, 206)]
  let refusal: unknown
  try {
    combine(set, { threshold: 2 })
  } catch (error) {
    refusal = error
  }
  expect(refusal).toBeInstanceOf(ChartsealError)
  expect(`${JSON.stringify(refusal)} ${refusal}`).not.toMatch(/20[1-6]/)
})
