/** Logs that somebody made so that verifying them never ends, or needs all memory. */
import { encodeUtf8 } from '@chartseal/core/encoding'
import { ChartsealError } from '@chartseal/core/errors'
import { bundleAt, codeOf, tileAt } from '@chartseal/testkit'
import {
  type LeafRules,
  parsePolicy,
  plainText,
  type TileSource,
  type VerifyLogOptions,
  verifyLog,
  verifyTree,
} from '@chartseal/tlog'
import { describe, expect, it } from 'vitest'
import { logOf, numbered } from './leaves.js'
import { log, noteOf, trusted } from './signed-log.js'

interface Counted {
  readonly source: TileSource
  reads: number
}

/** A signed checkpoint of `size` leaves, and whatever `file` gives. */
function hostile(size: number, file: (path: string) => Uint8Array | null): Counted {
  const note = encodeUtf8(noteOf({ ...log, head: { ...log.head, size } }))
  const counted: Counted = {
    reads: 0,
    source: {
      async read(path) {
        counted.reads++
        return path === 'checkpoint' ? note : file(path)
      },
    },
  }
  return counted
}

async function verified({ source }: Counted, options: Partial<VerifyLogOptions> = {}) {
  const { findings } = await verifyLog(source, { log: trusted, rules: numbered, ...options })
  return findings.map(({ code, context }) => [code.replace('verify/', ''), { ...context }] as const)
}

describe('a text of nothing but line ends', () => {
  it('is read in the time that its length takes', async () => {
    const text = `${'\n'.repeat(2_000_000)}x\n\n`
    expect(plainText(`\ufeff${text}\r\n`)).toBe(text.slice(0, -1))
    expect(await codeOf(() => parsePolicy(text))).toBe('tlog/bad-policy')
  })
})

const huge = 2 ** 40
const tile = new Uint8Array(256 * 32)

describe('a log that claims 2^40 leaves', () => {
  it('and has only its last tile ends soon, with what is missing as one range', async () => {
    const made = hostile(huge, path => (path === tileAt(0, huge / 256 - 1) ? tile : null))
    const found = await verified(made)
    expect(made.reads).toBeLessThan(2_000)
    expect(found.length).toBeLessThan(20)
    const missing = found.find(([code]) => code === 'tile-missing')
    expect(missing?.[1]).toMatchObject({ from: 0, last: huge - 257 })
  })

  it('and has a tile here and there ends soon', async () => {
    const made = hostile(huge, path => (/^tile\/0\/.*(00|295)$/.test(path) ? tile : null))
    const found = await verified(made)
    expect(made.reads).toBeLessThan(20_000)
    expect(found.length).toBeLessThan(200)
  })

  it('and has one gap after the other is given up', async () => {
    const indexOf = (path: string): number => Number(path.replace(/^tile\/0\//, '').replaceAll(/[x/]/g, ''))
    const isThere = (index: number): boolean => index % 128 >= 66 || index === huge / 256 - 1
    const made = hostile(huge, path => (path.startsWith('tile/0/') && isThere(indexOf(path)) ? tile : null))
    const found = await verified(made)
    expect(made.reads).toBeLessThan(100_000)
    expect(found.length).toBeLessThan(1_100)
    expect(found.map(([code]) => code)).toContain('too-many')
  })

  it.each([
    ['garbage', Uint8Array.of(1, 2, 3)],
    ['one hash', new Uint8Array(32)],
    ['tiles of zeros', tile],
    ['nothing of a bundle', new Uint8Array()],
  ])('and answers everything with %s is given up', async (_, bytes) => {
    const made = hostile(huge, () => bytes)
    const found = await verified(made)
    expect(made.reads).toBeLessThan(400_000)
    expect(found.length).toBeLessThan(2_500)
    expect(found.map(([code]) => code)).toContain('too-many')
  })

  it('and answers every other question is given up', async () => {
    let asked = 0
    const made = hostile(huge, () => (asked++ % 2 === 0 ? tile : null))
    expect((await verified(made)).map(([code]) => code)).toContain('too-many')
    expect(made.reads).toBeLessThan(400_000)
  })
})

describe('a log with much missing', () => {
  it('names one range for bundles that are not served, and nothing else', async () => {
    const whole = logOf(256 * 200)
    const source: TileSource = {
      read: async path =>
        path.startsWith('tile/entries/') && path !== bundleAt(199) ? null : (whole.files.get(path) ?? null),
    }
    const found = await verifyTree(source, whole.head, { rules: numbered })
    expect(found.map(({ code, context }) => [code, { ...context }])).toEqual([
      ['verify/bundle-missing', { path: bundleAt(0), from: 0, last: 256 * 199 - 1 }],
    ])
  })

  it('says once what is wrong with very many leaves, and that there is more', async () => {
    const whole = logOf(256 * 30)
    const rules: LeafRules = {
      seqOf: () => null,
      startPass: (_, report) => ({
        check(index) {
          report(index, new ChartsealError('test/odd', 'It is odd.', { index }))
          return true
        },
        close: () => undefined,
      }),
    }
    const source: TileSource = { read: async path => whole.files.get(path) ?? null }
    const found = await verifyTree(source, whole.head, { rules })
    expect(found).toHaveLength(1001)
    expect(found.at(-1)).toMatchObject({ code: 'verify/too-many', context: { place: 1000 } })
  })
})
