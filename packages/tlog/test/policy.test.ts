import { codeOf, propertyRuns } from '@chartseal/testkit'
import {
  isQuorum,
  type NoteSigner,
  parseCosignatureKey,
  parsePolicy,
  parseVerifierKey,
  policyOf,
  smallestOverlap,
  verifyCheckpoint,
} from '@chartseal/tlog'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkpointOf, leaves, logKey, witnessKey } from './note-helpers.js'

const log = parseVerifierKey(logKey.verifierKey)
const keys = Array.from({ length: 7 }, (_, i) => witnessKey(i))
const witnesses = keys.map((key, i) => ({ name: `w${i}`, verifier: parseCosignatureKey(key.verifierKey) }))

const file = (quorum: string): string =>
  `# who is believed\nlog ${logKey.verifierKey} https://clinic.example/audit\n\n` +
  `${keys.map((key, i) => `witness w${i}\t${key.verifierKey}`).join('\n')}\n${quorum}\n`

const chosen = (mask: number, count: number): readonly number[] =>
  Array.from({ length: count }, (_, i) => i).filter(i => (mask >> i) & 1)

describe('policies', () => {
  it('are read from C2SP policy files, groups of groups among them', () => {
    const policy = parsePolicy(file('group a 2 w0 w1 w2\ngroup b any w3 w4\ngroup c all a b\nquorum c'), {
      dishonest: 0,
    })
    expect(policy.witnesses).toHaveLength(7)
    expect(policy.logs[0]).toMatchObject({
      url: 'https://clinic.example/audit',
      verifier: { name: log.name },
    })
    expect(isQuorum(policy, new Set(['w0', 'w2', 'w4']))).toBe(true)
    expect(isQuorum(policy, new Set(['w0', 'w1', 'w2']))).toBe(false)
    expect(isQuorum(policy, new Set(['w0', 'w3', 'w4']))).toBe(false)
    expect(smallestOverlap(policy)).toBe(1)
  })

  it('know their smallest overlap: no two quorums have fewer witnesses in common', () => {
    const shape = fc.record({ inner: fc.integer({ min: 1, max: 3 }), outer: fc.integer({ min: 1, max: 3 }) })
    const law = fc.property(shape, ({ inner, outer }) => {
      const quorum = `group g ${inner} w0 w1 w2\ngroup q ${outer} g w3 w4\nquorum q`
      const policy = parsePolicy(file(quorum), { allowWeak: true })
      const quorums = Array.from({ length: 32 }, (_, mask) => chosen(mask, 5)).filter(members =>
        isQuorum(policy, new Set(members.map(i => `w${i}`))),
      )
      const overlaps = quorums.flatMap(a => quorums.map(b => a.filter(i => b.includes(i)).length))
      expect(Math.min(...overlaps)).toBe(smallestOverlap(policy))
    })
    fc.assert(law, propertyRuns(30, 10))
  })

  it('without a quorum of witnesses accept what the log signed, when that is asked for by name', async () => {
    expect(await codeOf(() => parsePolicy(file('quorum none')))).toBe('tlog/weak-policy')
    const policy = parsePolicy(file('quorum none'), { allowWeak: true })
    expect(verifyCheckpoint(checkpointOf(leaves(2)), { log, policy }).witnesses).toEqual([])
  })
})

/** Witnesses who sign one history each, and dishonest ones who sign both. */
function cosign(history: string, honest: readonly number[], dishonest: readonly number[]): string {
  const signers = [...honest, ...dishonest]
    .map(i => keys[i])
    .filter((key): key is NoteSigner => key !== undefined)
  return checkpointOf(leaves(6, history, 3), ...signers)
}

describe('two histories', () => {
  const split = fc.record({
    count: fc.integer({ min: 1, max: 7 }),
    sides: fc.nat(127),
    liars: fc.integer({ min: 0, max: 3 }),
  })

  it('are never both accepted, while no more witnesses lie than the policy bears', async () => {
    const law = fc.asyncProperty(split, async ({ count, sides, liars }) => {
      const threshold = Math.floor((count + liars) / 2) + 1
      if (threshold > count) return
      const policy = policyOf([{ verifier: log }], witnesses.slice(0, count), threshold, { dishonest: liars })
      const honest = Array.from({ length: count - liars }, (_, i) => i + liars)
      const dishonest = Array.from({ length: liars }, (_, i) => i)
      const one = cosign(
        '',
        honest.filter(i => (sides >> i) & 1),
        dishonest,
      )
      const other = cosign(
        '?',
        honest.filter(i => !((sides >> i) & 1)),
        dishonest,
      )
      const codes = [
        await codeOf(() => verifyCheckpoint(one, { log, policy })),
        await codeOf(() => verifyCheckpoint(other, { log, policy })),
      ]
      expect(codes).toContain('checkpoint/quorum')
    })
    await fc.assert(law, propertyRuns(60, 20))
  })

  it('are both accepted under a policy that is too weak, which is why it has to be asked for by name', async () => {
    const three = witnesses.slice(0, 3)
    const make = (allowWeak: boolean) => () => policyOf([{ verifier: log }], three, 2, { allowWeak })
    expect(await codeOf(make(false))).toBe('tlog/weak-policy')
    const policy = make(true)()
    for (const note of [cosign('', [1], [0]), cosign('?', [2], [0])]) {
      expect(verifyCheckpoint(note, { log, policy }).witnesses).toHaveLength(2)
    }
  })
})
