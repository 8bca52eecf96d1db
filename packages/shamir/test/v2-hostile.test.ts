import { inspect } from 'node:util'
import { encodeCbor } from '@chartseal/core/encoding'
import { createJsEngine, type Engine } from '@chartseal/core/engine'
import { SecretBytes } from '@chartseal/core/keys'
import { inclusionProof, leafHash, treeRoot } from '@chartseal/core/merkle'
import {
  answerDrill,
  checkDrill,
  combineShares,
  dealOf,
  encodeShare,
  formatShare,
  fromPrivy,
  fromVault,
  joinRefresh,
  type LeafParts,
  parseShare,
  parseShareSet,
  parseShareText,
  publishRefresh,
  rehearse,
  type ShareEnvelope,
  shamirError,
  splitSecret,
  startRefresh,
  verifyShare,
} from '@chartseal/shamir'
import { anyText, codesRaised, propertyRuns } from '@chartseal/testkit'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { leafByTheTable } from './leaf.js'

const expectCode = codesRaised(shamirError, [
  'shamir/duplicate-index',
  'shamir/inconsistent-shares',
  // Raised in v2-refresh.test.ts.
  'shamir/false-drill',
])
const secret = Uint8Array.of(0xde, 0xad, 0xbe, 0xef)
const dealt = splitSecret(secret, { threshold: 3, numShares: 5 })
const other = splitSecret(secret, { threshold: 3, numShares: 5 })
const one = (i: number): ShareEnvelope => {
  const share = dealt[i]
  if (share === undefined) throw new Error('internal: no share')
  return share
}
const flip = (bytes: Uint8Array): Uint8Array => bytes.map((byte, i) => (i === 0 ? byte ^ 1 : byte))
const flipSecret = (secret: SecretBytes): SecretBytes => new SecretBytes(flip(secret.reveal()))
const challenge = new Uint8Array(32)
const hostileText = anyText({ maxLength: 64 })

describe('envelopes', () => {
  it.each([
    ['nothing', new Uint8Array()],
    ['no map', encodeCbor([])],
    ['a text', encodeCbor('share')],
    ['other fields', encodeCbor({ v: 2 })],
    ['bytes behind it', Uint8Array.of(...encodeShare(one(0)), 0)],
  ])('refuses as a share and as a message: %s', async (_, bytes) => {
    await expectCode('shamir/invalid-share', () => parseShare(bytes))
    await expectCode('shamir/invalid-message', () => parseShareSet(bytes))
  })

  it.each([
    { v: 1 },
    { v: '2' },
    { set: new Uint8Array(15) },
    { y: new Uint8Array(32) },
    { y: 'text' },
    { salt: new Uint8Array(17) },
    { path: new Array<Uint8Array>(9).fill(new Uint8Array(32)) },
    { path: [new Uint8Array(31)] },
    { path: 1 },
    { created: -1 },
    { label: 'x'.repeat(65) },
    { label: 1 },
    { t: 256 },
  ])('refuses a share with a field of another kind, case %#', async change => {
    const { setId, threshold, numShares, x, y, salt, root, path, createdMs, label } = one(0)
    const secrets = { y: y.reveal(), salt: salt.reveal() }
    const fields = { v: 2, set: setId, t: threshold, n: numShares, x, ...secrets, root, path }
    const bytes = encodeCbor({ ...fields, created: createdMs, label, ...change })
    await expectCode('shamir/invalid-share', () => parseShare(bytes))
  })

  it.each<[string, Partial<ShareEnvelope>]>([
    ['shamir/bad-index', { x: 0 }],
    ['shamir/bad-index', { x: 6 }],
    ['shamir/bad-index', { x: 1.5 }],
    ['shamir/bad-threshold', { threshold: 1 }],
    ['shamir/bad-threshold', { threshold: 6 }],
    ['shamir/bad-threshold', { numShares: 256 }],
    ['shamir/bad-threshold', { threshold: Number.NaN }],
    ['shamir/bad-size', { y: new SecretBytes(new Uint8Array(32)) }],
    ['shamir/invalid-share', { setId: new Uint8Array(3) }],
    ['shamir/invalid-share', { root: new Uint8Array(3) }],
  ])('refuses with %s a share that was made by hand', async (code, change) => {
    const share = { ...one(0), ...change }
    for (const attempt of [() => verifyShare(share), () => encodeShare(share), () => combineShares([share])])
      await expectCode(code, attempt)
  })

  it('refuses texts with a mistake, in upper case, or of a share that is too large for text', async () => {
    const text = formatShare(one(0))
    for (const bad of [text.toUpperCase(), `${text} `, text.slice(0, -1), text.replace('chart', 'chars'), ''])
      await expectCode('shamir/invalid-share', () => parseShareText(bad))
    const [large] = splitSecret(new Uint8Array(481), { threshold: 2, numShares: 2 })
    await expectCode('shamir/too-long-for-text', () => formatShare(large ?? one(0)))
  })

  it('notices any three changed characters of a text', async () => {
    const text = formatShare(one(0))
    for (let at = 12; at + 40 < text.length; at += 7) {
      const changed = [...text].map((c, i) =>
        [at, at + 13, at + 31].includes(i) ? (c === 'q' ? 'p' : 'q') : c,
      )
      if (changed.join('') !== text)
        await expectCode('shamir/invalid-share', () => parseShareText(changed.join('')))
    }
  })
})

describe('splitting', () => {
  it('refuses the secrets and thresholds that version 1 refuses', async () => {
    for (const [threshold, numShares] of [
      [1, 3],
      [4, 3],
      [2, 256],
      [2.5, 3],
      [2, Number.POSITIVE_INFINITY],
    ] as const)
      await expectCode('shamir/bad-threshold', () => splitSecret(secret, { threshold, numShares }))
    for (const size of [0, 64 * 2 ** 20 + 1]) {
      const attempt = (): unknown => splitSecret(new Uint8Array(size), { threshold: 2, numShares: 2 })
      await expectCode('shamir/bad-size', attempt)
    }
    const label = 'ü'.repeat(33)
    expect(() => splitSecret(secret, { threshold: 2, numShares: 2, label })).toThrow(RangeError)
  })
})

describe('one share', () => {
  it('refuses a share that was changed, or is of another set than the known one', async () => {
    const share = one(1)
    for (const change of [
      { y: flipSecret(share.y) },
      { salt: flipSecret(share.salt) },
      { setId: flip(share.setId) },
      { root: flip(share.root) },
      { path: share.path.map(flip) },
      { path: [] },
      { path: share.path.map(() => new Uint8Array(1)) },
      { x: 1 },
      { threshold: 2 },
      { numShares: 6 },
    ])
      await expectCode('shamir/damaged-share', () => verifyShare({ ...share, ...change }))
    const root = other[0]?.root ?? secret
    await expectCode('shamir/unknown-root', () => verifyShare(share, { root }))
  })
})

describe('sets', () => {
  const damaged = { ...one(0), y: flipSecret(one(0).y) }

  it('refuses too few shares', async () => {
    await expectCode('shamir/too-few-shares', () => combineShares([]))
    await expectCode('shamir/too-few-shares', () => combineShares(dealt.slice(0, 2)))
    expect(() => combineShares(dealt.slice(0, 2))).toThrow('3 shares are needed, 2 are here.')
  })

  it('counts a share that is given twice once', async () => {
    const again = parseShare(encodeShare(one(0)))
    await expectCode('shamir/too-few-shares', () => combineShares([one(0), one(1), again]))
    expect(combineShares([one(0), again, one(1), one(2)])).toMatchObject({ secret, used: [1, 2, 3] })
    expect(combineShares([damaged, ...dealt]).secret).toEqual(secret)
  })

  it('names the changed shares when the rest is not enough', async () => {
    const set = [damaged, one(1), one(2)]
    await expectCode('shamir/damaged-shares', () => combineShares(set))
    expect(() => combineShares(set)).toThrow('Shares 1 were changed; 3 sound ones are needed, 2 are here.')
    expect(() => combineShares([damaged])).toThrow('3 sound ones are needed, 0 are here.')
  })

  it('refuses several sets without a root, whatever is complete', async () => {
    const mixes = [
      [...dealt.slice(0, 2), ...other.slice(2, 3)],
      [...other.slice(3), ...dealt.slice(0, 3)],
      [...dealt, one(0), ...other.slice(0, 1)],
      [damaged, one(1), one(2), ...other.slice(0, 1)],
    ]
    for (const mix of mixes) await expectCode('shamir/mixed-sets', () => combineShares(mix))
    await expectCode('shamir/ambiguous-sets', () => combineShares([...dealt, ...other]))
  })

  it('lets nobody choose the secret by adding a whole set of their own', async () => {
    const forged = splitSecret(Uint8Array.of(6, 6, 6), { threshold: 2, numShares: 2 })
    const given = [one(0), one(1), ...forged]
    await expectCode('shamir/mixed-sets', () => combineShares(given))
    await expectCode('shamir/too-few-shares', () => combineShares(given, { root: one(0).root }))
    await expectCode('shamir/too-few-shares', () => rehearse(given, one(0).root))
  })

  it('leaves out and names shares of other sets than the known one, however often they come', async () => {
    const foreign = other.slice(3)
    const recovery = combineShares([...foreign, ...foreign, ...dealt.slice(0, 3)], { root: one(0).root })
    expect([recovery.secret, recovery.used]).toEqual([secret, [1, 2, 3]])
    expect(recovery.strangers.map(({ index }) => index)).toEqual([4, 5, 4, 5])
    expect(combineShares([...dealt, ...other], { root: one(0).root }).strangers.length).toBe(5)
    await expectCode('shamir/unknown-root', () => combineShares(foreign, { root: one(0).root }))
  })

  it('blames the dealer for genuine shares that fit no secret, and refuses several lengths', async () => {
    const bent = redealt(dealt.map(({ y }, i) => (i === 0 ? flipSecret(y) : y)))
    bent.forEach(share => {
      verifyShare(share)
    })
    await expectCode('shamir/faulty-dealer', () => combineShares(bent))
    await expectCode('shamir/faulty-dealer', () => combineShares(bent.slice(0, 3)))
    expect(combineShares(bent.slice(1)).secret).toEqual(secret)
    const uneven = redealt(
      dealt.map(({ y }, i) => (i === 2 ? new SecretBytes(Uint8Array.of(...y.reveal(), 0)) : y)),
    )
    await expectCode('shamir/mixed-lengths', () => combineShares(uneven))
  })
})

/** What a dealer publishes who commits to these values, whatever they are. */
function redealt(ys: readonly SecretBytes[]): readonly ShareEnvelope[] {
  const changed = dealt.map((share, i) => ({ ...share, y: ys[i] ?? share.y }))
  const leaves = changed.map(share => leafHash(leafByTheTable(share)))
  return changed.map((share, i) => ({ ...share, root: treeRoot(leaves), path: inclusionProof(leaves, i) }))
}

describe('a split', () => {
  it('reads back a label of any text, hostile ones included', () => {
    const label = fc.oneof(
      hostileText,
      fc.constantFrom('\ufeffpractice key', '\ufeff', 'a\u0000b', '\u202ekey'),
    )
    const law = fc.property(label, text => {
      fc.pre(text.isWellFormed() && Buffer.byteLength(text) <= 64)
      const [first, second] = splitSecret(secret, { threshold: 2, numShares: 2, label: text })
      if (!first || !second) throw new Error('internal: no share')
      expect(parseShare(encodeShare(first)).label).toBe(text)
      expect(parseShareText(formatShare(second)).label).toBe(text)
    })
    fc.assert(law, propertyRuns(100))
  })

  it.each<[string, Partial<Engine>]>([
    ['values', { gfSplit: (_, __, ___, outputs) => outputs.forEach(y => void y.fill(1)) }],
    ['recoveries', { gfCombine: (_, __, output) => void output.fill(7) }],
  ])('hands out nothing when the engine computes wrong %s', async (_, wrong) => {
    const engine = { ...createJsEngine(), ...wrong }
    await expectCode('shamir/split-failed', () => splitSecret(secret, { threshold: 2, numShares: 3, engine }))
  })

  it('hands out nothing that cannot be read back', async () => {
    const clock = { nowMs: () => -1 }
    await expectCode('shamir/split-failed', () => splitSecret(secret, { threshold: 2, numShares: 2, clock }))
  })
})

it('shows neither y nor salt in a printed share', () => {
  const [zero] = startRefresh(one(0), one(0).y.reveal().length)
  if (zero === undefined) throw new Error('internal: no zero-share')
  const { pending } = joinRefresh(one(0), zero)
  const secrets = [one(0).y, one(0).salt, zero.z, pending.y, pending.salt]
  for (const thing of [one(0), zero, pending]) {
    const printed = `${inspect(thing, { depth: 9, showHidden: true })} ${JSON.stringify(thing)}`
    for (const bytes of secrets) {
      expect(printed).not.toContain([...bytes.reveal().subarray(0, 3)].join(', '))
      expect(printed).not.toContain(JSON.stringify(bytes.reveal().subarray(0, 3)).slice(1, -1))
    }
  }
})

describe('drills', () => {
  it('refuses in drills a damaged share, another root, a forged answer, and challenges of other lengths', async () => {
    const share = one(2)
    const answer = answerDrill(share, challenge)
    const changed = { ...share, y: flipSecret(share.y) }
    await expectCode('shamir/damaged-share', () => answerDrill(changed, challenge))
    const root = other[0]?.root ?? secret
    await expectCode('shamir/bad-drill', () => checkDrill(answer, challenge, root))
    for (const change of [
      { signature: flip(answer.signature) },
      { signature: new Uint8Array(0) },
      { commitment: flip(answer.commitment) },
      { drillKey: flip(answer.drillKey) },
      { x: 1 },
      { x: 259 },
      { x: 0 },
      { threshold: 2 },
      { sizeBytes: 2 ** 33 },
      { sizeBytes: 1.5 },
      { path: [] },
      { setId: new Uint8Array(15) },
    ])
      await expectCode('shamir/bad-drill', () => checkDrill({ ...answer, ...change }, challenge, share.root))
    for (const size of [0, 15, 65]) {
      expect(() => answerDrill(share, new Uint8Array(size))).toThrow(RangeError)
      expect(() => checkDrill(answer, new Uint8Array(size), share.root)).toThrow(RangeError)
    }
  })
})

it('refuses refresh messages and layouts that do not fit (more in v2-refresh.test.ts)', async () => {
  const zeros = startRefresh(one(0), one(0).y.reveal().length)
  await expectCode('shamir/refresh-incomplete', () => publishRefresh(dealOf(zeros), []))
  const reply: LeafParts = answerDrill(one(0), challenge)
  const replies = dealt.map(({ x }) => ({ ...reply, x }))
  await expectCode('shamir/wrong-refresh', () => publishRefresh(dealOf(zeros), replies))
  for (const read of [fromVault, fromPrivy]) {
    await expectCode('shamir/bad-layout', () => read(Uint8Array.of(1)))
    await expectCode('shamir/bad-index', () => read(Uint8Array.of(7, 0)))
  }
})

it('takes a set id of 16 bytes from its caller, and no other', () => {
  const setId = new Uint8Array(16).fill(3)
  const options = { threshold: 2, numShares: 3 }
  const shares = splitSecret(new Uint8Array(32), { ...options, setId })
  for (const share of shares) expect(share.setId).toEqual(setId)
  expect(() => splitSecret(new Uint8Array(32), { ...options, setId: setId.subarray(1) })).toThrow(RangeError)
})
