import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { vectorFolder } from '@chartseal/testkit'
import { describe, expect, it } from 'vitest'
import { ask } from './client.js'

interface SeedCase {
  readonly threshold: number
  readonly num_shares: number
  readonly secret: string
  readonly shares: readonly { readonly x: number; readonly y: string }[]
}

const cases: readonly SeedCase[] = JSON.parse(
  readFileSync(join(vectorFolder('seeds'), 'medcrypt-shamir.json'), 'utf8'),
).cases
const oneOfOne = cases.find(one => one.threshold === 1)
if (oneOfOne === undefined) throw new Error('internal: the vectors lack a case')

describe('interop, shares of the seed', () => {
  it('combines the shares of every case of the seed', async () => {
    for (const { threshold, secret, shares } of cases) {
      const request = { op: 'shares-combine', shares: shares.slice(-threshold), lenient: threshold === 1 }
      expect(await ask(request)).toEqual({ ok: true, secret })
      expect(await ask({ ...request, threshold: `${threshold}` })).toEqual({ ok: true, secret })
    }
  })

  it('splits what it combines', async () => {
    const request = { op: 'shares-split', secret: '00ff10', threshold: 3, num_shares: '5' }
    const { shares } = await ask(request)
    expect(shares).toHaveLength(5)
    expect(await ask({ op: 'shares-combine', shares, threshold: 3 })).toEqual({ ok: true, secret: '00ff10' })
  })

  it.each([
    ['shamir/too-few-shares', { shares: oneOfOne.shares }],
    ['shamir/too-few-shares', { shares: [], lenient: true }],
    ['shamir/bad-threshold', { shares: oneOfOne.shares, threshold: 1 }],
    [
      'shamir/bad-index',
      {
        shares: [
          { x: 0, y: '00' },
          { x: 1, y: '00' },
        ],
      },
    ],
    [
      'shamir/bad-index',
      {
        shares: [
          { x: 256, y: '00' },
          { x: 1, y: '00' },
        ],
      },
    ],
    [
      'json/invalid',
      {
        shares: [
          { x: -1, y: '00' },
          { x: 1, y: '00' },
        ],
      },
    ],
    ['shamir/inconsistent-shares', { shares: cases[1]?.shares, threshold: 2 }],
  ])('answers %s', async (code, fields) => {
    expect(await ask({ op: 'shares-combine', ...fields })).toEqual({ ok: false, code })
  })

  it.each([
    [1, 3],
    [0, 3],
    [4, 3],
    [2, 256],
  ])('refuses to split %d of %d', async (threshold, num_shares) => {
    const answer = await ask({ op: 'shares-split', secret: '00', threshold, num_shares })
    expect(answer).toEqual({ ok: false, code: 'shamir/bad-threshold' })
  })
})
