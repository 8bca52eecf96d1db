import {
  formatShareFile,
  joinShareFiles,
  parseShareFile,
  type Share,
  type ShareFileNames,
  split,
} from '@chartseal/shamir/v1'
import { codeOf, propertyRuns } from '@chartseal/testkit'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

const names: ShareFileNames = { set: new Uint8Array(8).fill(7), threshold: 2, numShares: 3 }
const shares = split(Uint8Array.of(1, 2, 3), { threshold: 2, numShares: 3 })
const [first] = shares
if (first === undefined) throw new Error('internal: no share')

describe('share files of version 1', () => {
  it('writes the JSON that docs/spec/shamir-v1.md shows', () => {
    const text = formatShareFile({ x: 1, y: Uint8Array.of(0x37, 0xaf) }, names)
    expect(text).toBe('{"set":"0707070707070707","threshold":2,"num_shares":3,"x":1,"y":"37af"}\n')
  })

  it('reads back the shares and the threshold of files', () => {
    const law = fc.property(fc.uint8Array({ minLength: 1, maxLength: 40 }), secret => {
      const made = split(secret, { threshold: 2, numShares: 3 })
      const files = made.flatMap(share => parseShareFile(formatShareFile(share, names)))
      expect(joinShareFiles(files)).toEqual({ shares: made, threshold: 2 })
    })
    fc.assert(law, propertyRuns(30))
  })

  it('reads bare pairs, and several shares in a list', () => {
    const plain = ({ x, y }: Share): object => ({ x, y: Buffer.from(y).toString('hex') })
    const bare = parseShareFile(JSON.stringify(plain(first)))
    expect(joinShareFiles(bare)).toEqual({ shares: [first], threshold: null })
    const list = parseShareFile(JSON.stringify({ shares: shares.map(plain) }))
    expect(joinShareFiles(list).shares).toEqual(shares)
  })

  it('refuses files of different sets or thresholds, and names the difference', async () => {
    const of = (change: Partial<ShareFileNames>) =>
      parseShareFile(formatShareFile(first, { ...names, ...change }))
    const cases = [
      [of({ set: new Uint8Array(8) }), '0707070707070707, 0000000000000000'],
      [of({ threshold: 3 }), 'with threshold 2, with threshold 3'],
    ] as const
    for (const [other, difference] of cases) {
      const attempt = (): unknown => joinShareFiles([...of({}), ...other])
      expect(await codeOf(attempt)).toBe('shamir/mixed-sets')
      expect(attempt).toThrow(difference)
    }
  })

  it.each([
    ['no JSON in it', 'share'],
    ['no share', '{"x":1}'],
    ['an index twice', '{"x":9,"x":1,"y":"00"}'],
    ['an index twice, spelled differently', '{"x":9,"\\u0078":1,"y":"00"}'],
    ['a value twice, in a list', '{"shares":[{"x":1,"y":"00","y":"01"}]}'],
    ['a threshold twice', '{"threshold":2,"threshold":3,"x":1,"y":"00"}'],
    ['a negative index', '{"x":-1,"y":"00"}'],
    ['capital digits', '{"x":1,"y":"AF"}'],
  ])('refuses a share file with %s', async (_, text) => {
    expect(await codeOf(() => parseShareFile(text))).toBe('json/invalid')
  })
})
