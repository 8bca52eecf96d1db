/** Voting sealers against one of them, against whoever shows them false evidence, and after a backup. */
import { concat, fromBigIntLE } from '@chartseal/core/bytes'
import { decodeCbor, encodeCbor, encodeHex, encodeUtf8 } from '@chartseal/core/encoding'
import { sha256 } from '@chartseal/core/hkdf'
import { checkFinality, checkOffence, firstTrust, type SealedHeader } from '@chartseal/emr-ledger'
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
    const { slot, sealer } = checkOffence(proof)
    expect([slot, sealer.kid]).toEqual([1n, liar.signer.kid])
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
