import { encodeHex } from '@chartseal/core/encoding'
import { defaultEngine } from '@chartseal/core/engine'
import { JsonObject } from '@chartseal/core/json'
import { Disagreement } from '@chartseal/core/vectors'
import { split } from '@chartseal/shamir/v1'
import { runners } from '@chartseal/shamir/vectors'
import { describe, expect, it } from 'vitest'

/** Runs a case that stands in no file. */
async function run(name: string, fields: object): Promise<void> {
  const testCase = new JsonObject(fields)
  const sibling = (): JsonObject => {
    throw new Error('these runners read one file only')
  }
  await runners[name]?.(testCase, { file: testCase, sibling, engine: defaultEngine() })
}

const secret = Uint8Array.of(1, 2, 3)
const shares = split(secret, { threshold: 2, numShares: 3 }).map(({ x, y }) => ({ x, y: encodeHex(y) }))
const sound = { threshold: 2, num_shares: 3, secret: encodeHex(secret), shares }
const ofOne = { threshold: 1, num_shares: 1, secret: '070707', shares: [{ x: 1, y: '070707' }] }

describe('the runner of shares', () => {
  it('agrees with sound cases', async () => {
    await run('medcrypt-shamir', sound)
    await run('medcrypt-shamir', { ...sound, seed_recover: [{ xs: [1, 2], result: '', correct: false }] })
    await run('medcrypt-shamir', {
      ...sound,
      seed_recover: [{ xs: [1, 3], result: '010203', correct: true }],
    })
    await run('medcrypt-shamir', ofOne)
    await run('medcrypt-shamir', { ...ofOne, threshold: 0 })
  })

  it('expects a share 256, which is the secret itself, to be refused', async () => {
    await run('medcrypt-shamir', { ...sound, num_shares: 256, shares: [...shares, { x: 256, y: '010203' }] })
    await run('medcrypt-shamir', { ...ofOne, shares: [{ x: 256, y: '070707' }] })
  })

  it.each([
    ['another secret', { ...sound, secret: '010204' }],
    ['a changed share', { ...sound, shares: [...shares.slice(1), { x: 1, y: 'ffffff' }] }],
    ['a share of 1-of-1 that is not the secret', { ...ofOne, secret: '070708' }],
    ['another result', { ...sound, seed_recover: [{ xs: [1, 2], result: '010204', correct: true }] }],
  ])('disagrees with %s', async (_, fields) => {
    await expect(run('medcrypt-shamir', fields)).rejects.toThrow(Disagreement)
  })
})

describe('the runner of the field', () => {
  it.each([
    ['the product table', { product_table_sha256: '00'.repeat(32) }],
    ['a row', { row_02: '00'.repeat(256) }],
    ['a short row', { row_02: '0002' }],
    ['the inverses', { inverse_table: '00'.repeat(256) }],
    ['a short table of inverses', { inverse_table: '0001' }],
  ])('disagrees with another value for %s', async (_, fields) => {
    await expect(run('medcrypt-gf256', fields)).rejects.toThrow(Disagreement)
  })

  it('agrees with a row of any factor', async () => {
    await run('medcrypt-gf256', { row_01: encodeHex(Uint8Array.from({ length: 256 }, (_, i) => i)) })
  })
})
