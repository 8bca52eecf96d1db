import {
  anchorOf,
  type CheckedBundle,
  checkBundle,
  decodeAnchor,
  decodeBundle,
  encodeAnchor,
  encodeBundle,
  lightError,
  makeBundle,
  recordProof,
} from '@chartseal/emr-ledger'
import { codeOf, codesRaised, propertyRuns } from '@chartseal/testkit'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import {
  board,
  deputy,
  doctor,
  LightWorld,
  people,
  pharmacist,
  poaRule,
  rules,
  type Story,
  tell,
  tlogRule,
} from './v2-light-world.js'
import { bytes32, Person, rosterOf } from './v2-world.js'

const bundleOf = ({ world, prescription, anchor }: Story, from = anchor.height): Promise<Uint8Array> =>
  makeBundle(world.source(), { prescription: prescription.txid, signer: pharmacist.kid, roster: 1n, from })

const checkedAt = ({ world, anchor }: Story, bundle: Uint8Array, from = anchor): CheckedBundle =>
  checkBundle(from, bundle, { nowSeconds: world.now })

describe.each(rules)('a light client under $kind', rule => {
  let story: Story
  let bundle: Uint8Array

  beforeAll(async () => {
    story = await tell(rule)
    bundle = await bundleOf(story)
  })

  it('sees what was dispensed, how much is left, and the number of a signer', () => {
    const { prescription, signer, finality } = checkedAt(story, bundle)
    expect(prescription?.state).toMatchObject({ status: 'partly', quantity: 3, dispensed: 2 })
    expect(prescription?.changes.map(({ txid }) => txid)).toEqual([story.second.txid, story.first.txid])
    expect([prescription?.isComplete, signer?.nextSeq]).toEqual([true, 3n])
    expect(finality).toEqual(rule.kind === 'pow' ? { kind: 'reversible', depth: 2 } : { kind: 'final' })
  })

  it('sees that there is no such prescription', async () => {
    const nothing = await makeBundle(story.world.source(), { prescription: bytes32(77), from: 0n })
    expect(checkedAt(story, nothing).prescription).toMatchObject({ state: null, changes: [] })
  })

  it('goes on from what it has proven, as long as nothing takes it back', async () => {
    const { anchor } = checkedAt(story, bundle)
    expect(anchor.height).toBe(rule.kind === 'pow' ? 0n : story.world.source().head.header.height)
    const kept = decodeAnchor(encodeAnchor(anchor))
    expect(kept).toEqual(anchor)
    expect(checkedAt(story, await bundleOf(story, kept.height), kept).prescription?.state?.dispensed).toBe(2)
  })

  it('refuses every bundle in which a byte was changed', async () => {
    const { prescription } = checkedAt(story, bundle)
    await fc.assert(
      fc.asyncProperty(fc.nat(bundle.length - 1), fc.integer({ min: 1, max: 255 }), async (at, bits) => {
        const changed = Uint8Array.from(bundle)
        changed[at] = (changed[at] ?? 0) ^ bits
        let read: CheckedBundle | null = null
        const outcome = await outcomeOf(() => {
          read = checkedAt(story, changed)
        })
        // Whoever mines may put another header on top, or say less of what stands on the head.
        if (rule.kind === 'pow' && outcome === 'accepted') expect(read).toMatchObject({ prescription })
        else expect(outcome).not.toBe('accepted')
      }),
      propertyRuns(120, 25),
    )
  })

  it('refuses every bundle that is cut or longer', async () => {
    for (const cut of [0, 1, bundle.length >> 1, bundle.length - 1])
      expect(await outcomeOf(() => checkedAt(story, bundle.subarray(0, cut)))).toBe('ledger/bundle')
    expect(await outcomeOf(() => checkedAt(story, Uint8Array.from([...bundle, 0])))).toBe('ledger/bundle')
  })

  it('has one encoding of every bundle', () => {
    expect(encodeBundle(decodeBundle(bundle))).toEqual(bundle)
  })

  it('fits into 3 KiB with evidence of one block', () => {
    if (rule.kind !== 'pow') expect(bundle.length).toBeLessThan(3_072)
  })
})

/** A refusal by code; whatever else is thrown is a fault of ours. */
async function outcomeOf(check: () => unknown): Promise<string> {
  const code = await codeOf(check)
  return /^[a-z-]+\/[a-z-]+$|^accepted$/.test(code) ? code : Promise.reject(new Error(code))
}

const expectCode = codesRaised(lightError)

describe('a light client', () => {
  it('is given no bundle of more than it takes', async () => {
    const honest = decodeBundle(await bundleOf(await tell(tlogRule)))
    const wordy = { ...honest, evidence: Array.from({ length: 513 }, () => new Uint8Array(1)) }
    await expectCode('ledger/bundle-too-large', () => encodeBundle(wordy))
    await expectCode('ledger/bundle-too-large', () =>
      encodeBundle({ ...honest, evidence: [new Uint8Array(2 ** 20)] }),
    )
  })

  it('believes nothing older than it knows, of the future, of another ledger or another history', async () => {
    const story = await tell(tlogRule)
    const old = await bundleOf(story)
    await story.world.grow()
    const newer = checkedAt(story, await bundleOf(story)).anchor
    await expectCode('ledger/bundle-behind', () => checkedAt(story, old, newer))
    const early = { nowSeconds: story.world.now - 8_000n }
    await expectCode('ledger/bundle-future', () => checkBundle(story.anchor, old, early))
    const forked = { ...newer, id: bytes32(1) }
    const bundle = await bundleOf(story)
    await expectCode('ledger/other-history', () => checkedAt(story, bundle, forked))
    const other = await LightWorld.of({ ...tlogRule, quorum: 1 })
    expect(await codeOf(() => checkedAt(story, bundle, anchorOf(other.genesisBytes)))).toBe('ledger/finality')
  })

  it('takes a block 0 for final of itself, and never goes back to it', async () => {
    const world = await LightWorld.of(poaRule)
    const anchor = anchorOf(world.genesisBytes)
    const bundle = await makeBundle(world.source(), { prescription: bytes32(7), from: 0n })
    expect(checkBundle(anchor, bundle, { nowSeconds: world.now }).head.height).toBe(0n)
    const story = await tell(poaRule)
    const later = checkedAt(story, await bundleOf(story)).anchor
    await expectCode('ledger/bundle-behind', () => checkedAt(story, bundle, later))
  })

  it('is led through the changes of those who seal that it slept through', async () => {
    const { world, scribe, anchor } = await tell(poaRule)
    await world.grow(scribe.roster(board, rosterOf([...people, deputy], 2n)))
    for (let i = 0; i < 6; i++) await world.grow()
    const bundle = await makeBundle(world.source(), { from: 0n })
    const { evidence, ...rest } = decodeBundle(bundle)
    expect(evidence.length).toBeGreaterThan(1)
    const checked = checkBundle(anchor, bundle, { nowSeconds: world.now })
    expect([checked.anchor.roster.number, checked.finality.kind]).toEqual([2n, 'final'])
    const alone = encodeBundle({ ...rest, evidence: evidence.slice(-1) })
    expect(await codeOf(() => checkBundle(anchor, alone, { nowSeconds: world.now }))).toBe('ledger/finality')
  })

  it('is led through more than 64 changes of those who seal', async () => {
    const { world, anchor } = await tell(poaRule)
    const { head, ...source } = world.source()
    const trail = Array.from({ length: 65 }, () => head.evidence)
    const bundle = await makeBundle({ ...source, head, trail }, { from: 0n })
    expect(decodeBundle(bundle).evidence.length).toBe(1)
    const long = encodeBundle({ ...decodeBundle(bundle), evidence: [...trail, head.evidence] })
    expect(checkBundle(anchor, long, { nowSeconds: world.now }).finality.kind).toBe('final')
  })

  it('learns of a new roster with its proof, and of nobody who is not in it', async () => {
    const story = await tell(tlogRule)
    const known = checkedAt(story, await bundleOf(story)).anchor
    const visitor = new Person(50, ['prescriber'])
    const next = rosterOf([...people, visitor], 2n)
    await story.world.grow(story.scribe.roster(board, next))
    const told = await bundleOf(story, known.height)
    expect(checkedAt(story, told, known).anchor.roster).toEqual(next)
    const hidden = encodeBundle({ ...decodeBundle(told), roster: null })
    await expectCode('ledger/state-proof', () => checkedAt(story, hidden, known))
  })

  it('proves that a record stands in its block', async () => {
    const story = await tell(tlogRule)
    const record = story.scribe.prescribe(doctor)
    const block = await story.world.grow(record)
    const claimed = { bytes: record.bytes, path: recordProof(block, 0) }
    const bundle = await makeBundle(story.world.source(), { record: claimed, from: 0n })
    expect(checkedAt(story, bundle).record?.txid).toEqual(record.txid)
    const other = { bytes: story.first.bytes, path: recordProof(block, 0) }
    const wrong = await makeBundle(story.world.source(), { record: other, from: 0n })
    await expectCode('ledger/record-proof', () => checkedAt(story, wrong))
  })

  it('refuses changes that are left out in the middle, of another prescription, or too few', async () => {
    const story = await tell(tlogRule)
    const honest = decodeBundle(await bundleOf(story))
    const [newest, oldest] = [story.second.claimsBytes, story.first.claimsBytes]
    const withChanges = (changes: readonly Uint8Array[]) => () =>
      checkedAt(story, encodeBundle({ ...honest, changes }))
    expect(await codeOf(withChanges([newest, oldest]))).toBe('accepted')
    expect(await codeOf(withChanges([newest]))).toBe('accepted')
    for (const changes of [
      [oldest],
      [newest, newest],
      [newest, oldest, oldest],
      [story.prescription.claimsBytes],
    ])
      await expectCode('ledger/bundle-changes', withChanges(changes))
    const without = encodeBundle({ ...honest, prescription: null })
    await expectCode('ledger/bundle-changes', () => checkedAt(story, without))
  })

  it('reads no anchor and no bundle that is none', async () => {
    const { anchor, world } = await tell(tlogRule)
    await expectCode('ledger/bundle', () =>
      checkBundle(anchor, Uint8Array.of(0xa0), { nowSeconds: world.now }),
    )
    await expectCode('ledger/anchor', () => decodeAnchor(Uint8Array.of(0xa0)))
  })
})
