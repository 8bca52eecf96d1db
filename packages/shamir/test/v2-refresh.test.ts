import { createHmac, type KeyObject, sign } from 'node:crypto'
import { SecretBytes } from '@chartseal/core/keys'
import {
  answerDrill,
  checkDrill,
  combineShares,
  type DrillAnswer,
  dealOf,
  finishRefresh,
  joinRefresh,
  publishRefresh,
  rehearse,
  requireRefreshed,
  type ShareEnvelope,
  splitSecret,
  startRefresh,
} from '@chartseal/shamir'
import { codeOf, fixedClock } from '@chartseal/testkit'
import { describe, expect, it } from 'vitest'
import { drillKeyByTheTable } from './leaf.js'

const secret = Uint8Array.from({ length: 32 }, (_, i) => i)
const clock = fixedClock(1_000)
const challenge = new Uint8Array(16).fill(3)

function refreshed(old: readonly ShareEnvelope[]) {
  const [first] = old
  if (first === undefined) throw new Error('internal: no share')
  const zeros = startRefresh(first, first.y.reveal().length)
  const joined = old.flatMap(share =>
    zeros.filter(({ x }) => x === share.x).map(zero => joinRefresh(share, zero)),
  )
  const published = publishRefresh(
    dealOf(zeros),
    joined.map(({ reply }) => reply),
  )
  const shares = joined.map(({ pending }) => finishRefresh(pending, published, { clock }))
  return { zeros, joined, published, shares }
}

const old = splitSecret(secret, { threshold: 3, numShares: 5, label: 'kit' })
const { zeros, joined, published, shares } = refreshed(old)
const [firstOld, secondOld] = old
const [firstZero] = zeros
const [firstJoined] = joined
if (!firstOld || !secondOld || !firstZero || !firstJoined) throw new Error('internal: no share')

describe('a refresh', () => {
  it('keeps the secret, t, n and the label in a refresh, and changes all the rest', () => {
    expect(combineShares(shares.slice(1, 4)).secret).toEqual(secret)
    for (const [i, share] of shares.entries()) {
      const before = old[i]
      expect([share.threshold, share.numShares, share.x, share.label]).toEqual([3, 5, i + 1, 'kit'])
      for (const key of ['setId', 'root'] as const) expect(share[key]).not.toEqual(before?.[key])
      for (const key of ['y', 'salt'] as const)
        expect(share[key].reveal()).not.toEqual(before?.[key].reveal())
      expect(share.createdMs).toBe(1_000)
    }
  })

  it('repeats a refresh', () => {
    expect(combineShares(refreshed(shares).shares.slice(2)).secret).toEqual(secret)
  })

  it('makes old and new shares useless together', async () => {
    expect(await codeOf(() => combineShares([...old.slice(0, 2), ...shares.slice(2, 4)]))).toBe(
      'shamir/mixed-sets',
    )
  })

  it('leaves old shares as they were: as many as needed still open the secret', () => {
    expect(combineShares(old.slice(0, 3)).secret).toEqual(secret)
  })

  it('lets no y travel: replies and the published set hold none', () => {
    const sent = JSON.stringify([joined.map(({ reply }) => reply), published])
    for (const { y } of shares) expect(sent).not.toContain(JSON.stringify(y.reveal()).slice(1, 40))
    expect(joined.flatMap(({ reply }) => Object.keys(reply))).not.toContain('y')
  })

  it('ends a refresh only when all confirmed and a recovery was tried', async () => {
    const answers = shares.map(share => answerDrill(share, challenge))
    const rehearsal = rehearse(shares, published.root)
    expect(rehearsal.used).toEqual([1, 2, 3, 4, 5])
    requireRefreshed(published, challenge, answers, rehearsal)
    const ends = [
      () => requireRefreshed(published, challenge, answers.slice(1), rehearsal),
      () => requireRefreshed(published, challenge, answers, null),
      () => requireRefreshed(published, challenge, answers, { ...rehearsal, root: firstOld.root }),
    ]
    for (const end of ends) expect(await codeOf(end)).toBe('shamir/refresh-incomplete')
    const stale = old.map(share => answerDrill(share, challenge))
    expect(await codeOf(() => requireRefreshed(published, challenge, stale, rehearsal))).toBe(
      'shamir/bad-drill',
    )
  })
})

function answersOf(all: readonly ShareEnvelope[]): readonly DrillAnswer[] {
  return all.map(share => answerDrill(share, challenge))
}

describe('a rehearsal with a drill', () => {
  const answers = answersOf(shares)

  it('proves the shares that did not take part, from as many as recover', () => {
    const rehearsal = rehearse(shares.slice(1, 4), published.root, { drill: { challenge, answers } })
    expect(rehearsal).toMatchObject({ used: [2, 3, 4], proven: [2, 3, 4, 1, 5] })
    requireRefreshed(published, challenge, answers, rehearsal)
  })

  it('ends no refresh for shares that neither took part nor were proven', async () => {
    const alone = rehearse(shares.slice(0, 3), published.root)
    const attempt = (): unknown => requireRefreshed(published, challenge, answers, alone)
    expect(await codeOf(attempt)).toBe('shamir/refresh-incomplete')
    expect(attempt).toThrow('Not confirmed: 4, 5.')
  })

  it('finds the custodian who kept the drill key and not the share', async () => {
    const [, , , , fifth] = shares
    if (fifth === undefined) throw new Error('internal: no share')
    const key = drillKeyByTheTable(fifth)
    const forged = forgedAnswer(answers[4], key, new Uint8Array(32).fill(1))
    checkDrill(forged, challenge, published.root)
    const drill = { challenge, answers: [...answers.slice(0, 4), forged] }
    const attempt = (): unknown => rehearse(shares.slice(0, 3), published.root, { drill })
    expect(await codeOf(attempt)).toBe('shamir/false-drill')
    expect(attempt).toThrow('The answers for the shares 5 ')
  })

  it('finds what a lying dealer dealt to a custodian who did not take part', async () => {
    const bent = zeros.map(zero =>
      zero.x === 5 ? { ...zero, z: new SecretBytes(zero.z.reveal().map(byte => byte ^ 1)) } : zero,
    )
    const parts = old.flatMap((share, i) => bent.slice(i, i + 1).map(zero => joinRefresh(share, zero)))
    const set = publishRefresh(
      dealOf(bent),
      parts.map(({ reply }) => reply),
    )
    const made = parts.map(({ pending }) => finishRefresh(pending, set))
    const drill = { challenge, answers: answersOf(made) }
    expect(rehearse(made.slice(0, 3), set.root).used).toEqual([1, 2, 3])
    const attempt = (): unknown => rehearse(made.slice(0, 3), set.root, { drill })
    expect(await codeOf(attempt)).toBe('shamir/false-drill')
  })

  it('accepts an answer of version 2 as one that proves nothing', async () => {
    const [first] = shares
    if (first === undefined) throw new Error('internal: no share')
    const ofVersion2 = forgedAnswer(answers[4], drillKeyByTheTable(shares[4] ?? first), null)
    const drill = { challenge, answers: [...answers.slice(0, 4), ofVersion2] }
    const rehearsal = rehearse(shares.slice(0, 3), published.root, { drill })
    expect(rehearsal.proven).toEqual([1, 2, 3, 4])
    expect(await codeOf(() => requireRefreshed(published, challenge, drill.answers, rehearsal))).toBe(
      'shamir/refresh-incomplete',
    )
  })

  it('refuses answers to another challenge', async () => {
    const drill = { challenge: new Uint8Array(16).fill(4), answers }
    expect(await codeOf(() => rehearse(shares, published.root, { drill }))).toBe('shamir/bad-drill')
  })

  it('checks the proof that docs/spec/shares-v2.md describes', () => {
    for (const [i, { setId, x, y }] of shares.entries()) {
      const head = ['chartseal/drill-proof/v3', setId, Buffer.of(x, challenge.length), y.reveal()] as const
      const mac = createHmac('sha256', challenge)
      for (const part of head) mac.update(part)
      expect(answers[i]?.proof).toEqual(Uint8Array.from(mac.digest()))
    }
  })
})

/** An answer with this proof, signed with node:crypto by whoever has the drill key. */
function forgedAnswer(
  answer: DrillAnswer | undefined,
  key: KeyObject,
  proof: Uint8Array | null,
): DrillAnswer {
  if (answer === undefined) throw new Error('internal: no answer')
  const label = Buffer.from(proof === null ? 'chartseal/drill/v2' : 'chartseal/drill/v3')
  const parts = [label, answer.setId, Buffer.of(answer.x), challenge, proof ?? Buffer.alloc(0)]
  return { ...answer, proof, signature: Uint8Array.from(sign(null, Buffer.concat(parts), key)) }
}

describe('a refresh is refused', () => {
  it('refuses a zero-share for another share, set or length, or with the old set id', async () => {
    for (const zero of [
      { ...firstZero, x: 2 },
      { ...firstZero, old: { ...firstZero.old, threshold: 2 } },
      { ...firstZero, old: { ...firstZero.old, root: new Uint8Array(32) } },
      { ...firstZero, z: new SecretBytes(firstZero.z.reveal().subarray(1)) },
      { ...firstZero, newSetId: firstOld.setId },
      { ...firstZero, newSetId: new Uint8Array(2) },
    ])
      expect(await codeOf(() => joinRefresh(firstOld, zero))).toBe('shamir/wrong-refresh')
    const damaged = { ...firstOld, y: secondOld.y }
    expect(await codeOf(() => joinRefresh(damaged, firstZero))).toBe('shamir/damaged-share')
  })

  it('refuses a published set without the leaf of the custodian', async () => {
    const { pending } = firstJoined
    for (const set of [
      { ...published, root: firstOld.root },
      { ...published, leaves: published.leaves.slice(1) },
      { ...published, leaves: published.leaves.toReversed() },
    ])
      expect(await codeOf(() => finishRefresh(pending, set))).toBe('shamir/wrong-refresh')
  })

  it('refuses replies that are missing, double or of another refresh', async () => {
    const replies = joined.map(({ reply }) => reply)
    expect(await codeOf(() => publishRefresh(dealOf(zeros), replies.slice(1)))).toBe(
      'shamir/refresh-incomplete',
    )
    expect(await codeOf(() => publishRefresh(dealOf(zeros), [...replies, ...replies]))).toBe(
      'shamir/wrong-refresh',
    )
    const strangers = refreshed(old).joined.map(({ reply }) => reply)
    expect(await codeOf(() => publishRefresh(dealOf(zeros), strangers))).toBe('shamir/wrong-refresh')
    expect(() => dealOf([])).toThrow(RangeError)
    expect(await codeOf(() => startRefresh(firstOld, 32))).toBe('shamir/bad-size')
    expect(await codeOf(() => startRefresh({ ...firstOld, threshold: 1 }, 64))).toBe('shamir/bad-threshold')
  })

  it('notices in the rehearsal that what was dealt is not zero', async () => {
    const dealtByLiar = zeros.map(zero => ({
      ...zero,
      z: new SecretBytes(zero.z.reveal().map(byte => byte ^ 1)),
    }))
    const parts = old.flatMap((share, i) => dealtByLiar.slice(i, i + 1).map(zero => joinRefresh(share, zero)))
    const set = publishRefresh(
      dealOf(dealtByLiar),
      parts.map(({ reply }) => reply),
    )
    const made = parts.map(({ pending }) => finishRefresh(pending, set))
    expect(await codeOf(() => rehearse(made, set.root))).toBe('shamir/faulty-dealer')
    expect(combineShares(old.slice(2)).secret).toEqual(secret)
  })
})
