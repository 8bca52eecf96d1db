import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { equal } from '@chartseal/core/bytes'
import { defaultEngine } from '@chartseal/core/engine'
import { JsonObject } from '@chartseal/core/json'
import { combine, legacyCombine, type Share } from '@chartseal/shamir/v1'
import { subsetsOf } from '@chartseal/shamir/vectors'
import { vectorFolder } from '@chartseal/testkit'
import { describe, expect, it } from 'vitest'

const load = (name: string): JsonObject =>
  JsonObject.parse(readFileSync(join(vectorFolder('seeds'), `${name}.json`), 'utf8'))
const cases = load('medcrypt-shamir').objects('cases')
const sharesOf = (testCase: JsonObject): readonly Share[] =>
  testCase.objects('shares').map(share => ({ x: share.count('x'), y: share.hex('y') }))

describe('shares that the published code made', () => {
  const sound = cases.filter(testCase => testCase.count('threshold') >= 2)
  it.each(
    sound.map(testCase => [testCase.count('threshold'), testCase.count('num_shares'), testCase] as const),
  )(
    'recovers shares of the seed, %d of %d, from every subset that is large enough',
    (threshold, numShares, testCase) => {
      const secret = testCase.hex('secret')
      const shares = sharesOf(testCase)
      expect(shares.length).toBe(numShares)
      const subsets = [...subsetsOf(shares, threshold)]
      expect(subsets.length).toBeGreaterThan(0)
      expect(subsets.filter(subset => !equal(combine(subset, { threshold }), secret))).toEqual([])
    },
  )

  it('agrees with the recovery of the seed where that was right, which it was for few subsets', () => {
    const rows = cases.flatMap(testCase =>
      testCase.has('seed_recover') ? testCase.objects('seed_recover').map(row => ({ testCase, row })) : [],
    )
    const wrong = rows.filter(({ row }) => !row.boolean('correct'))
    expect(wrong.length).toBeGreaterThan(rows.length / 2)
    for (const { testCase, row } of rows) {
      const xs = row.integers('xs').map(Number)
      const ours = legacyCombine(sharesOf(testCase).filter(({ x }) => xs.includes(x)))
      expect(ours).toEqual(testCase.hex('secret'))
      if (row.boolean('correct')) expect(ours).toEqual(row.hex('result'))
      else expect(ours).not.toEqual(row.hex('result'))
    }
  })

  it('finds the inverse of the seed to be the power of 127, where 254 is needed', () => {
    const [tables] = load('medcrypt-gf256').objects('cases')
    const published = tables?.hex('seed_inverse_table') ?? new Uint8Array()
    const right = tables?.hex('inverse_table') ?? new Uint8Array()
    for (let x = 1; x < 256; x++) {
      expect(raise(x, 127)).toBe(published[x])
      expect(raise(x, 254)).toBe(right[x])
    }
    expect([...right].filter((value, x) => x > 0 && value === published[x])).toEqual([1])
  })
})

function raise(x: number, exponent: number): number {
  let product = Uint8Array.of(1)
  for (let i = 0; i < exponent; i++) {
    const next = new Uint8Array(1)
    defaultEngine().gfMultiplyAccumulate(next, product, x)
    product = next
  }
  return product[0] ?? 0
}
