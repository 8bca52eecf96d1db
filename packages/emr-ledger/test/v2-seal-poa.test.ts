/** Voting sealers one step at a time: what is refused, what is remembered, what is shown. */
import { type CborValue, decodeCbor, encodeCbor, encodeHex } from '@chartseal/core/encoding'
import {
  checkFinality,
  checkOffence,
  decodeTrust,
  encodeTrust,
  firstTrust,
  type Header,
  headerOf,
  type SealedHeader,
  sealJudge,
} from '@chartseal/emr-ledger'
import { codeOf } from '@chartseal/testkit'
import { describe, expect, it } from 'vitest'
import { Notes } from './v2-seal-network.js'
import { block0, genesis, ledger, open, outsider, people, Room, rosterOf, slotOf } from './v2-seal-room.js'

function flipBit(bytes: Uint8Array, bit: number): Uint8Array {
  const changed = Uint8Array.from(bytes)
  changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7))
  return changed
}

/** The block with another seal: a signature, and votes. */
function resealed(
  { header, seal }: SealedHeader,
  change: (signature: CborValue, votes: CborValue) => readonly CborValue[],
): SealedHeader {
  const parts = decodeCbor(seal)
  const [signature = null, votes = null] = Array.isArray(parts) ? parts : []
  return { header, seal: encodeCbor(change(signature, votes)) }
}

describe('voting sealers', () => {
  it('make a block final with two more in consecutive slots', async () => {
    const room = await Room.of([...people, null])
    const first = await room.seal(1n)
    const second = await room.seal(2n, { hasRecords: false })
    for (const { final } of room.keepers) expect(final.id).toEqual(first.header.id)
    await room.seal(3n, { hasRecords: false })
    for (const { final } of room.keepers) expect(final.id).toEqual(second.header.id)
  })

  it('make nothing final where a slot was left out', async () => {
    const room = await Room.of(people)
    for (const slot of [2n, 3n, 5n, 6n]) await room.seal(slot)
    expect(room.keepers[0]?.final.height).toBe(0n)
    await room.seal(7n)
    expect(room.keepers[0]?.final.height).toBe(4n)
  })

  it('seal until the chain itself shows the last record to be final, and then rest', async () => {
    const room = await Room.of(people)
    await room.seal(1n)
    let slot = 2n
    while ((await room.draft(slot, false)) !== null) {
      await room.seal(slot, { hasRecords: false })
      slot += 1n
    }
    const blocks = room.blocks
    expect(blocks.length).toBe(3)
    // Who has nothing but the blocks sees it.
    const watcher = await open(null)
    for (const block of blocks) watcher.add(block, genesis.roster)
    expect(watcher.final.id).toEqual(blocks[0]?.header.id)
  })

  it('do not build on a block that has no quorum, and wait for its votes before they build beside it', async () => {
    const room = await Room.of(people)
    const { header } = await room.seal(1n, { votes: false })
    const turns = (nowSeconds: bigint): number =>
      room.keepers.filter(keeper => keeper.turn(nowSeconds, header.id, true) !== null).length
    expect([turns(slotOf(2n)), turns(slotOf(2n) + 1n)]).toEqual([0, 1])
    const next = await room.seal(2n)
    expect(next.header.previous).toEqual(block0.id)
  })

  it('make fewer and fewer blocks that nobody votes for', async () => {
    const room = await Room.of([people[0] ?? null])
    const slots: number[] = []
    for (let slot = 1; slot <= 3_000; slot += 1) {
      if ((await room.draft(BigInt(slot))) === null) continue
      await room.seal(BigInt(slot))
      slots.push(slot)
    }
    const pauses = slots.slice(1).map((slot, i) => slot - (slots[i] ?? 0))
    expect(slots.length).toBeLessThan(8 + 6 + 3_000 / 64)
    expect(slots.at(-1)).toBeGreaterThan(2_900)
    expect(Math.max(...pauses)).toBeLessThan(64 + 12)
  })

  it('follow the block with the votes', async () => {
    const room = await Room.of(people)
    const block = await room.seal(1n, { votes: false })
    const [keeper] = room.keepers
    const before = keeper?.weight(block.header.id)
    await room.vote(1n)
    expect(keeper?.weight(block.header.id)).toBe((before ?? 0n) + 1n)
  })

  it('vote once in a slot, also after a crash that lost everything but the notes', async () => {
    const notes = new Notes()
    const [leader, voter] = [await Room.of(people), people[2]]
    const block = await leader.seal(1n, { votes: false })
    const before = await open(voter ?? null, notes)
    before.add(block, genesis.roster)
    expect((await before.act(slotOf(1n))).messages.length).toBe(1)
    const after = await open(voter ?? null, notes)
    after.add(block, genesis.roster)
    expect((await after.act(slotOf(1n))).messages).toEqual([])
  })

  it('vote for nothing below what they voted on, also after they forgot it', async () => {
    const room = await Room.of(people)
    const notes = new Notes()
    const voter = await open(people[2] ?? null, notes)
    const chain = [await room.seal(1n), await room.seal(2n)]
    for (const block of chain) {
      voter.add(block, genesis.roster)
      expect((await voter.act(slotOf(block.header.height))).messages.length).toBe(1)
    }
    // It forgets, and hears of another branch only.
    const forgetful = await open(people[2] ?? null, notes)
    const elsewhere = await Room.of(people)
    const shorter = await elsewhere.seal(3n)
    forgetful.add(shorter, genesis.roster)
    expect((await forgetful.act(slotOf(3n))).messages).toEqual([])
  })

  it('do not seal a slot twice, also after a crash', async () => {
    const notes = new Notes()
    const room = await Room.of(people)
    const found = await room.draft(1n)
    if (found === null) throw new Error('it must be somebody’s turn')
    const leader =
      people.find(({ signer }) => encodeHex(signer.kid) === encodeHex(found.header.sealer)) ?? null
    await (await open(leader, notes)).seal(found.header)
    const again = await open(leader, notes)
    expect(again.turn(slotOf(1n), block0.id, true)).toBeNull()
    expect(await codeOf(() => again.seal(found.header))).toBe('ledger/sealed-already')
  })

  it('refuse blocks whose header is not what the seal asks for', async () => {
    const room = await Room.of(people)
    await room.seal(1n)
    const found = await room.draft(2n)
    if (found === null) throw new Error('it must be somebody’s turn')
    const changes: readonly Partial<Header>[] = [
      { timestamp: found.header.timestamp + 1n },
      { timestamp: slotOf(1n) },
      { height: 5n },
      { difficulty: 2n },
      { sealer: outsider.member.kid },
      { extra: new Uint8Array(40) },
      { nonce: 1n },
    ]
    for (const change of changes) {
      const header = headerOf({ ...found.header, ...change })
      expect(await codeOf(() => found.by.check({ header, seal: new Uint8Array() }))).toBe(
        'ledger/seal-header',
      )
    }
  })

  it('refuse seals that are malformed, of another signer, or without a quorum', async () => {
    const room = await Room.of(people)
    await room.seal(1n)
    const block = await room.seal(2n)
    const judge = sealJudge(genesis, block0)
    const parent = judge.after(judge.begin(), room.blocks[0] ?? block, genesis.roster)
    const refusal = (changed: SealedHeader): Promise<string> => codeOf(() => judge.check(changed, parent))
    judge.check(block, parent)
    expect(await refusal({ ...block, seal: new Uint8Array() })).toBe('ledger/seal-encoding')
    expect(await refusal(resealed(block, signature => [signature]))).toBe('ledger/seal-encoding')
    expect(await refusal(resealed(block, (_, votes) => [new Uint8Array(64), votes]))).toBe(
      'ledger/seal-signature',
    )
    expect(await refusal(resealed(block, signature => [signature, []]))).toBe('ledger/seal-votes')
    const stranger = [outsider.member.kid, new Uint8Array(64)]
    expect(await refusal(resealed(block, signature => [signature, [stranger]]))).toBe('ledger/seal-votes')
    expect(() => judge.check(block, { kind: 'tlog', height: 0n })).toThrow(TypeError)
  })

  it('refuse a block that is more than a slot ahead, for now', async () => {
    const judge = sealJudge(genesis, block0)
    const header = { timestamp: slotOf(5n) }
    expect(await codeOf(() => judge.checkTime(header, slotOf(3n)))).toBe('ledger/early')
    judge.checkTime(header, slotOf(4n))
  })

  it('refuse votes that are not of sealers, are changed, or name another slot', async () => {
    const room = await Room.of(people)
    await room.seal(1n, { votes: false })
    const [vote = new Uint8Array()] = await room.vote(1n)
    const keeper = await open(null)
    keeper.add(room.blocks[0] ?? { header: block0, seal: new Uint8Array() }, genesis.roster)
    for (let bit = 0; bit < 8 * vote.length; bit += 37) {
      const code = await codeOf(() => keeper.take(flipBit(vote, bit)))
      expect(['accepted', 'ledger/message']).toContain(code)
    }
    expect(keeper.messages()).toEqual([])
    expect(await codeOf(() => keeper.take(new Uint8Array()))).toBe('ledger/message')
  })

  it('keep votes that come before their block', async () => {
    const room = await Room.of(people)
    await room.seal(1n, { votes: false })
    const votes = await room.vote(1n)
    const late = await open(null)
    for (const vote of votes) await late.take(vote)
    const block = room.blocks[0]
    if (block === undefined) throw new Error('there is one')
    expect(late.add(block, genesis.roster).weightier).toEqual([block.header.id])
  })

  it('prove who voted twice', async () => {
    const one = await Room.of(people)
    await one.seal(1n, { votes: false })
    const first = await one.vote(1n)
    // Another block of the same slot: the state differs.
    const room = await Room.of(people)
    const found = await room.draft(1n)
    if (found === null) throw new Error('it must be somebody’s turn')
    const block = await found.by.seal({ ...found.header, stateRoot: new Uint8Array(32).fill(9) })
    for (const keeper of room.keepers) keeper.add(block, genesis.roster)
    const second = await room.vote(1n)
    const watcher = await open(null)
    for (const vote of [...first, ...second]) await watcher.take(vote)
    expect(watcher.offences.length).toBe(3)
    const [proof = new Uint8Array()] = watcher.offences
    const kids = people.map(({ signer }) => encodeHex(signer.kid))
    expect(kids).toContain(encodeHex(checkOffence(proof).sealer.kid))
    for (let bit = 0; bit < 8 * proof.length; bit += 61)
      expect(await codeOf(() => checkOffence(flipBit(proof, bit)))).toBe('ledger/message')
  })

  it('start again from what was stored with the final block', async () => {
    const room = await Room.of(people)
    for (const slot of [1n, 2n, 3n, 4n]) await room.seal(slot)
    const [keeper] = room.keepers
    if (keeper === undefined) throw new Error('there are three')
    const base = { header: keeper.final, memory: keeper.memory(keeper.final.id) }
    const again = await open(null, new Notes(), base)
    for (const block of room.blocks.filter(({ header }) => header.height > base.header.height)) {
      again.check(block)
      again.add(block, genesis.roster)
    }
    for (const message of keeper.messages()) await again.take(message)
    expect(again.final.id).toEqual(keeper.final.id)
    const broken = open(null, new Notes(), { ...base, memory: new Uint8Array(3) })
    expect(await codeOf(() => broken)).toBe('ledger/seal-memory')
  })

  it('need a quorum of the old and the new sealers until the change is final', async () => {
    const room = await Room.of([...people, outsider])
    const next = rosterOf([outsider], 2n)
    await room.seal(1n, { roster: next })
    // It is the turn of the new one alone, and the others still vote.
    const second = await room.seal(2n, { votes: false, roster: next })
    expect(second.header.sealer).toEqual(outsider.member.kid)
    const alone = await open(outsider)
    for (const block of room.blocks) alone.add(block, next)
    await alone.act(slotOf(2n))
    expect(alone.weight(second.header.id) % 2n).toBe(0n)
    await room.vote(2n)
    expect(room.keepers[0]?.weight(second.header.id)).toBe(5n)
    await room.seal(3n, { roster: next })
    expect(room.keepers[0]?.final.height).toBe(2n)
    // From now on the new one decides.
    const fourth = await room.seal(4n, { roster: next, votes: false })
    await room.keepers[3]?.act(slotOf(4n))
    expect(room.keepers[3]?.weight(fourth.header.id)).toBe(9n)
    expect(room.keepers[0]?.trail().length).toBe(1)
  })

  it('show a light client what is final, and nothing that was changed', async () => {
    const room = await Room.of(people)
    for (const slot of [5n, 6n, 7n]) await room.seal(slot)
    const shown = room.keepers[0]?.finality()
    if (shown === null || shown === undefined) throw new Error('something must be final')
    const trust = firstTrust(ledger)
    const checked = checkFinality(ledger, trust, shown.evidence)
    expect(checked.header.id).toEqual(shown.header.id)
    expect(decodeTrust(encodeTrust(checked.trust), 'poa')).toEqual(checked.trust)
    for (let bit = 0; bit < 8 * shown.evidence.length; bit += 97) {
      const code = await codeOf(() => checkFinality(ledger, trust, flipBit(shown.evidence, bit)))
      expect(code, `bit ${bit}`).toMatch(/^ledger\/(finality|seal-votes|bad-header)$/)
    }
    const stranger = { ...trust, sealers: { hash: new Uint8Array(32), sealers: [outsider.member] } }
    expect(await codeOf(() => checkFinality(ledger, stranger, shown.evidence))).toBe('ledger/finality')
  })

  it('are needed in a genesis', async () => {
    const none = { ...genesis, roster: { ...genesis.roster, members: [] } }
    expect(await codeOf(() => sealJudge(none, block0).begin())).toBe('ledger/no-sealers')
  })
})
