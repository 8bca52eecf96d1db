/** Voting sealers against one of them, against whoever shows them false evidence, and after a backup. */
import { concat, fromBigIntLE } from '@chartseal/core/bytes'
import { decodeCbor, encodeCbor, encodeHex, encodeUtf8 } from '@chartseal/core/encoding'
import { sha256 } from '@chartseal/core/hkdf'
import {
  checkFinality,
  checkOffence,
  firstTrust,
  type SealedHeader,
  type SealKeeper,
} from '@chartseal/emr-ledger'
import { codeOf } from '@chartseal/testkit'
import { describe, expect, it } from 'vitest'
import type { Person } from './v2-people.js'
import { Notes } from './v2-seal-network.js'
import { block0, genesis, ledger, open, outsider, people, Room, slotOf } from './v2-seal-room.js'

const liar = people[0] ?? outsider

async function voteOf({ signer }: Person, slot: bigint, block: Uint8Array): Promise<Uint8Array> {
  const bytes = concat(encodeUtf8('chartseal/ledger/v2/vote\0'), block0.ledger, fromBigIntLE(slot, 8), block)
  const signature = await signer.sign(bytes, sha256(bytes))
  return encodeCbor({ v: 2, block, slot, kid: signer.kid, signature })
}

const blockNamed = (name: string): Uint8Array => sha256(encodeUtf8(name))

describe('a sealer who lies', () => {
  it('is remembered in the slots that come first, and does not fill the memory with those far ahead', async () => {
    const keeper = await open(null)
    const last = 1_025n
    for (let slot = 1n; slot <= last; slot++) await keeper.take(await voteOf(liar, slot, blockNamed('one')))
    await keeper.take(await voteOf(liar, last, blockNamed('other')))
    expect(keeper.offences).toEqual([])
    await keeper.take(await voteOf(liar, 1n, blockNamed('other')))
    const [proof = new Uint8Array()] = keeper.offences
    const offence = checkOffence(proof)
    expect(offence).toMatchObject({ kind: 'votes', slot: 1n })
    expect(offence.sealer.kid).toEqual(liar.signer.kid)
  })
})

/** So many blocks that the leader of slot 1 sealed, one after the other, with each keeper new. */
async function variantsOf(count: number): Promise<readonly SealedHeader[]> {
  const blocks: SealedHeader[] = []
  for (let i = 0; i < count; i++) {
    const found = await (await Room.of(people)).draft(1n)
    if (found === null) throw new Error('it must be somebody’s turn')
    blocks.push(await found.by.seal({ ...found.header, stateRoot: new Uint8Array(32).fill(i) }))
  }
  return blocks
}

describe('a leader who seals many blocks of one slot', () => {
  const take = (keeper: SealKeeper, block: SealedHeader): Promise<string> =>
    codeOf(() => {
      keeper.check(block)
      keeper.add(block, genesis.roster)
    })

  it('has two of them kept, which prove it, also after a restart', async () => {
    const notes = new Notes()
    const keeper = await open(null, notes)
    const [one, two, three] = await variantsOf(3)
    if (one === undefined || two === undefined || three === undefined) throw new Error('there are three')
    expect([await take(keeper, one), await take(keeper, two)]).toEqual(['accepted', 'accepted'])
    expect(await take(keeper, three)).toBe('ledger/slot-full')
    expect(keeper.offences.length).toBe(1)
    await keeper.act(slotOf(1n))
    const [proof = new Uint8Array(), ...more] = (await open(null, notes)).offences
    expect(more).toEqual([])
    const offence = checkOffence(proof)
    expect(offence).toMatchObject({ kind: 'seals', timestamp: slotOf(1n) })
    expect(offence.sealer.kid).toEqual(one.header.sealer)
    for (let bit = 0; bit < 8 * proof.length; bit += 61) {
      const changed = Uint8Array.from(proof)
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      expect(await codeOf(() => checkOffence(changed))).toBe('ledger/message')
    }
    await notes.put('poa/offences', Uint8Array.of(0))
    expect(await codeOf(() => open(null, notes))).toBe('ledger/seal-memory')
  })

  it('hides no block that an honest sealer voted for', async () => {
    const keeper = await open(null)
    const [one, two, ...more] = await variantsOf(5)
    if (one === undefined || two === undefined) throw new Error('there are five')
    await take(keeper, one)
    await take(keeper, two)
    const voted = more[2] ?? one
    await keeper.take(await voteOf(liar, 1n, voted.header.id))
    expect(await take(keeper, voted)).toBe('accepted')
    // A second vote of the same sealer is a lie, and makes room for nothing.
    await keeper.take(await voteOf(liar, 1n, more[0]?.header.id ?? block0.id))
    expect(await take(keeper, more[0] ?? one)).toBe('ledger/slot-full')
  })

  it('proves nothing with headers of two times, of two ledgers, or of nobody', async () => {
    const keeper = await open(null)
    for (const block of await variantsOf(2)) await take(keeper, block)
    const [proof = new Uint8Array()] = keeper.offences
    const map = Object(decodeCbor(proof))
    const [first, second] = map.headers
    const other = (at: number): Uint8Array =>
      Uint8Array.from(second, (byte: number, i) => (i === at ? byte ^ 1 : byte))
    const wrong = [
      [first],
      [second, first],
      [first, first],
      [first, new Uint8Array(244)],
      ...[0, 4, 140, 164].flatMap(at => [
        [first, other(at)],
        [other(at), first],
      ]),
    ]
    for (const headers of wrong)
      expect(await codeOf(() => checkOffence(encodeCbor({ ...map, headers })))).toBe('ledger/message')
  })
})

/** The three people, with a block in each of these slots; and who led the last one. */
async function toldOf(slots: readonly bigint[]): Promise<{ readonly room: Room; readonly leader: Person }> {
  const room = await Room.of(people)
  for (const slot of slots) await room.seal(slot)
  const kid = encodeHex(room.blocks.at(-1)?.header.sealer ?? new Uint8Array())
  const leader = people.find(({ signer }) => encodeHex(signer.kid) === kid)
  return { room, leader: leader ?? liar }
}

describe('a sealer whose notes are older than its blocks', () => {
  it('seals no second block of a slot that it has sealed', async () => {
    const { room, leader } = await toldOf([1n, 2n])
    const restored = await open(leader, new Notes())
    const tip = room.blocks[1]?.header.id ?? block0.id
    for (const [i, block] of room.blocks.entries()) {
      restored.add(block, genesis.roster)
      // The block of the slot waits for its votes: it could be made again on the one below.
      if (i === 1) expect(restored.turn(slotOf(2n) + 1n, tip, true)).toBeNull()
    }
    expect(restored.turn(slotOf(3n) + 1n, tip, true)).not.toBeNull()
  })

  it('votes for no second block of a slot in which others show its vote', async () => {
    const one = await Room.of(people)
    const first = await one.seal(1n, { votes: false })
    const [mine = new Uint8Array()] = await one.vote(1n)
    const other = await Room.of(people)
    const found = await other.draft(1n)
    if (found === null) throw new Error('it must be somebody’s turn')
    const second = await found.by.seal({ ...found.header, stateRoot: new Uint8Array(32).fill(9) })
    const watched = await open(liar, new Notes())
    const blocks: readonly SealedHeader[] = [second, first]
    for (const block of blocks) watched.add(block, genesis.roster)
    await watched.take(mine)
    expect((await watched.act(slotOf(1n))).messages).toEqual([])
  })
})

describe('a sealer that lost its blocks, and not its notes', () => {
  it('helps nobody who was away to a second final history', async () => {
    const notes = new Notes()
    const [one, two, away] = people
    const first = new Room([await open(one ?? null, notes), await open(two ?? null)])
    for (const slot of [1n, 2n, 3n]) await first.seal(slot)
    const final = first.keepers[1]?.final
    expect(final?.height).toBe(2n)
    const second = new Room([await open(one ?? null, notes), await open(away ?? null)])
    // Whoever leads, until all have had a turn.
    for (let slot = 4n; slot < 16n; slot++) if ((await second.draft(slot)) !== null) await second.seal(slot)
    expect(second.blocks.length).toBeGreaterThan(2)
    expect(second.keepers.map(({ final: { height } }) => height)).toEqual([0n, 0n])
  })
})

describe('evidence for a light client', () => {
  it('names no other sealers at a block that is known already', async () => {
    const room = await Room.of(people)
    for (const slot of [1n, 2n, 3n]) await room.seal(slot)
    const below = room.keepers[0]?.finality()?.evidence ?? new Uint8Array()
    await room.seal(4n)
    const above = room.keepers[0]?.finality()?.evidence ?? new Uint8Array()
    const { trust } = checkFinality(ledger, firstTrust(ledger), above)
    expect(trust.id).toEqual(room.blocks[2]?.header.id)
    const map = Object(decodeCbor(below))
    const { algorithm: alg, publicKey: key, kid } = outsider.member
    const [first, middle, last] = map.blocks
    const forged = encodeCbor({
      ...map,
      sets: [...map.sets, { sealers: [{ kid, alg, key }] }],
      blocks: [first, middle, { ...last, sets: Uint8Array.of(map.sets.length) }],
    })
    expect(checkFinality(ledger, trust, below).header.height).toBe(2n)
    expect(await codeOf(() => checkFinality(ledger, trust, forged))).toBe('ledger/finality')
  })
})
