import { createHmac } from 'node:crypto'
import { equal } from '@chartseal/core/bytes'
import { createJsEngine, createWasmEngine } from '@chartseal/core/engine'
import { SecretBytes } from '@chartseal/core/keys'
import { leafHash, treeRoot } from '@chartseal/core/merkle'
import {
  answerDrill,
  checkDrill,
  combineShares,
  encodeShare,
  formatShare,
  fromPrivy,
  fromVault,
  parseShare,
  parseShareText,
  type ShareEnvelope,
  splitSecret,
  verifyShare,
} from '@chartseal/shamir'
import { combine } from '@chartseal/shamir/v1'
import { subsetsOf } from '@chartseal/shamir/vectors'
import { codeOf, propertyRuns } from '@chartseal/testkit'
import fc from 'fast-check'
import * as privy from 'shamir-secret-sharing'
import { describe, expect, it } from 'vitest'
import { leafByTheTable } from './leaf.js'

const secretOf = (maxLength: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ minLength: 1, maxLength })
const sizes = (maxShares: number): fc.Arbitrary<[threshold: number, numShares: number]> =>
  fc
    .integer({ min: 2, max: maxShares })
    .chain(numShares => fc.tuple(fc.integer({ min: 2, max: numShares }), fc.constant(numShares)))

describe.each([createJsEngine(), createWasmEngine()])('laws of share envelopes, $name engine', engine => {
  it('gives the secret from every subset of the threshold, and says which shares it used', () => {
    const law = fc.property(secretOf(70), sizes(6), (secret, [threshold, numShares]) => {
      const shares = splitSecret(secret, { threshold, numShares, engine })
      for (const subset of subsetsOf(shares, threshold)) {
        const recovery = combineShares(subset, { engine })
        expect(recovery.secret).toEqual(secret)
        expect(recovery.used).toEqual(subset.map(({ x }) => x))
        expect([recovery.damaged, recovery.strangers]).toEqual([[], []])
      }
    })
    fc.assert(law, propertyRuns(15, 5))
  })

  it('names and leaves out one damaged share more than needed', () => {
    const law = fc.property(secretOf(40), sizes(6), fc.nat(), fc.nat(), (secret, [threshold, most], a, b) => {
      const shares = splitSecret(secret, { threshold, numShares: most + 1, engine })
      const bad = a % shares.length
      const changed = shares.map((share, i) => (i === bad ? withChangedY(share, b) : share))
      const recovery = combineShares(changed, { engine })
      expect(recovery.secret).toEqual(secret)
      expect(recovery.damaged.map(({ index }) => index)).toEqual([bad + 1])
    })
    fc.assert(law, propertyRuns(25, 8))
  })

  it('reads back bytes and text as they were', () => {
    const law = fc.property(secretOf(480), sizes(9), fc.string({ maxLength: 15 }), (secret, size, label) => {
      fc.pre(label.isWellFormed())
      const [threshold, numShares] = size
      const [share] = splitSecret(secret, { threshold, numShares, label, engine })
      if (share === undefined) throw new Error('internal: no share')
      expect(revealed(parseShare(encodeShare(share)))).toEqual(revealed(share))
      expect(revealed(parseShareText(formatShare(share)))).toEqual(revealed(share))
      verifyShare(share, { root: share.root, engine })
    })
    fc.assert(law, propertyRuns(25, 8))
  })

  it('refuses a changed byte anywhere but in the time and the label', async () => {
    const [share] = splitSecret(Uint8Array.of(1, 2, 3), { threshold: 2, numShares: 3, engine })
    if (share === undefined) throw new Error('internal: no share')
    const bytes = encodeShare(share)
    for (const at of bytes.keys()) {
      const changed = bytes.map((byte, i) => (i === at ? byte ^ 1 : byte))
      const verdict = await codeOf(() => verifyShare(parseShare(changed), { engine }))
      if (verdict !== 'accepted') continue
      const read = parseShare(changed)
      expect({ ...revealed(read), createdMs: 0, label: '' }).toEqual({
        ...revealed(share),
        createdMs: 0,
        label: '',
      })
    }
  })

  it('answers every challenge of a drill, and only that one', async () => {
    const challenges = fc.uint8Array({ minLength: 16, maxLength: 64 })
    const [, share] = splitSecret(Uint8Array.of(9), { threshold: 2, numShares: 5, engine })
    if (share === undefined) throw new Error('internal: no share')
    const law = fc.asyncProperty(challenges, challenges, async (challenge, other) => {
      fc.pre(!equal(challenge, other))
      const answer = answerDrill(share, challenge, { engine })
      checkDrill(answer, challenge, share.root, { engine })
      expect(await codeOf(() => checkDrill(answer, other, share.root))).toBe('shamir/bad-drill')
      expect(Object.keys(answer)).not.toContain('y')
      expect(Object.keys(answer)).not.toContain('salt')
    })
    await fc.assert(law, propertyRuns(10))
  })
})

it('holds at the borders: 2 of 2, 2 of 255, 255 of 255, and a megabyte', () => {
  const large = new Uint8Array(2 ** 20 + 3).map((_, i) => i * 31)
  for (const [threshold, numShares, secret] of [
    [2, 2, Uint8Array.of(0)],
    [2, 255, Uint8Array.of(1, 2)],
    [255, 255, Uint8Array.of(3)],
    [3, 5, large],
  ] as const) {
    const shares = splitSecret(secret, { threshold, numShares })
    expect(equal(combineShares(shares.slice(-threshold)).secret, secret)).toBe(true)
  }
})

// The whole 64 MiB take half a minute where coverage is counted.
const { SLOW } = process.env
const largeMiB = SLOW === '1' ? 64 : 4

it(`shares, writes, reads and recovers ${largeMiB} MiB`, () => {
  const secret = new Uint8Array(largeMiB * 2 ** 20).fill(0x5a)
  const shares = splitSecret(secret, { threshold: 2, numShares: 2 })
  const { secret: recovered } = combineShares(shares.map(share => parseShare(encodeShare(share))))
  expect(Buffer.compare(recovered, secret)).toBe(0)
})

it('follows the byte tables, with the cryptography of node:crypto', () => {
  const secret = Uint8Array.from(Buffer.from('PIN 4711'))
  const shares = splitSecret(secret, { threshold: 2, numShares: 3 })
  const leaves = shares.map(share => leafHash(leafByTheTable(share)))
  for (const share of shares) expect(share.root).toEqual(treeRoot(leaves))
  const body = combine(
    shares.map(({ x, y }) => ({ x, y: y.reveal() })),
    { threshold: 2 },
  )
  const r = body.subarray(secret.length, secret.length + 16)
  const mac = createHmac('sha256', r).update('chartseal/share-digest/v2').update(secret).digest()
  expect(Buffer.from(body)).toEqual(Buffer.concat([secret, r, mac.subarray(0, 16)]))
})

describe('shares of others', () => {
  it('recovers what the package of privy split, from every subset', async () => {
    const secret = Uint8Array.from({ length: 32 }, (_, i) => i * 7)
    const shares = (await privy.split(secret, 5, 3)).map(fromPrivy)
    for (const subset of subsetsOf(shares, 3)) expect(combine(subset, { threshold: 3 })).toEqual(secret)
  })

  it('reads a share of Vault as y, then x', () => {
    expect(fromVault(Uint8Array.of(7, 8, 3))).toEqual({ x: 3, y: Uint8Array.of(7, 8) })
  })

  it('writes what privy combines, in its layout', async () => {
    const secret = Uint8Array.of(1, 2, 3)
    const { split } = await import('@chartseal/shamir/v1')
    const written = split(secret, { threshold: 2, numShares: 3 }).map(({ x, y }) => Uint8Array.of(...y, x))
    expect(Uint8Array.from(await privy.combine(written.slice(1)))).toEqual(secret)
  })
})

it('makes uniform shares: no value of y is more likely', () => {
  const secret = new Uint8Array(2 ** 18)
  const [share] = splitSecret(secret, { threshold: 2, numShares: 2 })
  const counts = new Array<number>(256).fill(0)
  for (const byte of share?.y.reveal().subarray(0, secret.length) ?? [])
    counts[byte] = (counts[byte] ?? 0) + 1
  const expected = secret.length / 256
  const chiSquare = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)
  // 255 degrees of freedom: beyond 400 once in 10^8 runs.
  expect(chiSquare).toBeLessThan(400)
})

function withChangedY(share: ShareEnvelope, at: number): ShareEnvelope {
  const y = share.y.reveal()
  return { ...share, y: new SecretBytes(y.map((byte, i) => (i === at % y.length ? byte ^ 0x80 : byte))) }
}

const revealed = (share: ShareEnvelope): object => ({
  ...share,
  y: share.y.reveal(),
  salt: share.salt.reveal(),
})
