/** Sealers in one room, who hear everything at once. */
import { encodeHex } from '@chartseal/core/encoding'
import {
  type Genesis,
  genesisBlock,
  type Header,
  openSeal,
  type Roster,
  type SealBase,
  type SealedHeader,
  type SealKeeper,
  sortedMembers,
} from '@chartseal/emr-ledger'
import { type Person, person } from './v2-people.js'
import { Notes } from './v2-seal-network.js'

export const people: readonly Person[] = [1, 2, 3].map(i =>
  person(40 + i, i === 2 ? 'ES256K' : 'Ed25519', ['registrar', 'sealer']),
)
export const outsider = person(50, 'Ed25519', ['registrar', 'sealer'])
export const rosterOf = (members: readonly Person[], number = 1n): Roster => ({
  number,
  members: sortedMembers(members.map(({ member }) => member)),
  quorum: 1,
})
export const genesis: Genesis = {
  name: 'Three sealers',
  timestamp: 1_800_000_000n,
  roster: rosterOf(people),
  seal: { kind: 'poa', slotSeconds: 2, slotsPerTurn: 4, tolerates: 'crash' },
  legacy: null,
  salt: new Uint8Array(32),
}
export const block0 = genesisBlock(genesis).header
export const ledger = { genesis, block0 }
export const slotOf = (slot: bigint): bigint => genesis.timestamp + 2n * slot

export const open = (
  signer: Person | null,
  notes = new Notes(),
  base: SealBase | null = null,
): Promise<SealKeeper> =>
  openSeal({ genesis, block0, base, notes, tools: signer === null ? {} : { signer: signer.signer } })

/** All sealers, who hear everything at once. */
export class Room {
  readonly keepers: readonly SealKeeper[]
  readonly blocks: SealedHeader[] = []
  readonly headers = new Map([[encodeHex(block0.id), block0]])

  constructor(keepers: readonly SealKeeper[]) {
    this.keepers = keepers
  }

  static async of(members: readonly (Person | null)[]): Promise<Room> {
    return new Room(await Promise.all(members.map(member => open(member))))
  }

  /** The header that is sealed in this slot, `null` when it is nobody's turn here. */
  async draft(
    slot: bigint,
    hasRecords = true,
  ): Promise<{ readonly header: Header; readonly by: SealKeeper } | null> {
    for (const by of this.keepers) {
      const tip = this.blocks.at(-1)?.header ?? block0
      const turn = by.turn(slotOf(slot) + 1n, tip.id, hasRecords)
      if (turn === null) continue
      const { parent, ...fields } = turn
      const below = this.headers.get(encodeHex(parent))
      const recordsRoot = hasRecords ? new Uint8Array(32).fill(Number(slot)) : block0.recordsRoot
      const header = {
        ...fields,
        ledger: block0.ledger,
        height: (below?.height ?? 0n) + 1n,
        previous: parent,
        recordsRoot,
        stateRoot: new Uint8Array(32),
        nonce: 0n,
      }
      return { header, by }
    }
    return null
  }

  async seal(
    slot: bigint,
    { hasRecords = true, votes = true, roster = genesis.roster } = {},
  ): Promise<SealedHeader> {
    const found = await this.draft(slot, hasRecords)
    if (found === null) throw new Error('it must be somebody’s turn')
    const block = await found.by.seal(found.header)
    this.headers.set(encodeHex(block.header.id), block.header)
    this.blocks.push(block)
    for (const keeper of this.keepers) {
      keeper.check(block)
      keeper.add(block, roster)
    }
    if (votes) await this.vote(slot)
    return block
  }

  async vote(slot: bigint): Promise<readonly Uint8Array[]> {
    const all: Uint8Array[] = []
    for (const keeper of this.keepers) all.push(...(await keeper.act(slotOf(slot))).messages)
    for (const keeper of this.keepers) for (const message of all) await keeper.take(message)
    return all
  }
}
