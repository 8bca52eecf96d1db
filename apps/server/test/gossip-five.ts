/** Five sealers, cut in two and whole again, and one that comes late: the same whatever is between them. */
import { encodeHex } from '@chartseal/core/encoding'
import type { LedgerRecord } from '@chartseal/emr-ledger'
import { fixedClock, patience } from '@chartseal/testkit'
import { expect, vi } from 'vitest'
import type { OpenMesh } from '../dist/gossip/mesh.js'
import { startMs } from './api-world.js'
import { doctor, openPlace, type Place, peerOf } from './gossip-world.js'
import { prescribe } from './ledger-world.js'

/** Between places, by their names. */
export interface Meshes {
  join(name: string): OpenMesh
  /** Nothing passes between the two any more. */
  cut(one: string, other: string): void
  heal(): void
}

export const names = ['a', 'b', 'c', 'd', 'e'] as const
/** Where a place stands: its tip, and how many votes it knows. */
const standingOf = ({ node }: Place): string => `${encodeHex(node.tip.id)} ${node.evidence().length}`

/** Places on a network of either kind, or on none. */
export class Five {
  readonly clock = fixedClock(startMs)
  readonly network: Meshes | null
  readonly places: Place[] = []
  #seq = 0n

  constructor(network: Meshes | null) {
    this.network = network
  }

  static async open(network: Meshes | null): Promise<Five> {
    const five = new Five(network)
    for (const [sealer, name] of names.entries()) await five.join(name, sealer)
    return five
  }

  async join(name: string, sealer = -1): Promise<Place> {
    const mesh = this.network?.join(name) ?? null
    const place = await openPlace(name, { mesh, sealer, clock: this.clock })
    this.places.push(place)
    return place
  }

  at(name: string): Place {
    const found = this.places.find(place => place.name === name)
    if (found === undefined) throw new Error(`no place ${name}`)
    return found
  }

  /** A prescription that nobody has yet. */
  draft(): Promise<LedgerRecord> {
    return prescribe({ ledger: this.at('a').node.id, device: doctor, seq: this.#seq + 1n }, 1)
  }

  /** A prescription that is handed in at one of them. */
  async order(name: string): Promise<LedgerRecord> {
    const order = await this.draft()
    this.#seq += 1n
    await this.at(name).node.submit(order.bytes)
    return order
  }

  /** Slots of these places until they have made them final. Without gossip, they pull. */
  async settle(orders: readonly LedgerRecord[], group: readonly Place[] = this.places): Promise<void> {
    for (let slot = 0; slot < 40 && !(await areFinal(orders, group)); slot++) {
      this.clock.advance(1_000)
      for (const { node } of group) await node.tick()
      if (this.network === null) await pulled(group)
      await vi.waitFor(() => expect(new Set(group.map(standingOf)).size).toBe(1), patience)
    }
    expect(await areFinal(orders, group)).toBe(true)
  }
}

export async function areFinal(orders: readonly LedgerRecord[], group: readonly Place[]): Promise<boolean> {
  for (const { node } of group) {
    for (const { txid } of orders) {
      const status = await node.record(txid)
      if (status?.kind !== 'sealed' || status.at.finality.kind !== 'final') return false
    }
  }
  return true
}

/** Each asks each, twice: votes come of blocks. */
async function pulled(group: readonly Place[]): Promise<void> {
  for (const { node } of [...group, ...group])
    for (const other of group) if (other.node !== node) await node.syncWith(peerOf(other.node))
}

/** Each hears so many others. */
export async function heard(group: readonly Place[], count: number): Promise<void> {
  await vi.waitFor(() => {
    for (const { gossip } of group) expect(gossip?.peers.there).toBe(count)
  }, patience)
}

/** Nothing passes between these and those. */
export function part(network: Meshes | null, one: readonly Place[], other: readonly Place[]): void {
  for (const { name } of one) for (const far of other) network?.cut(name, far.name)
}

/** With gossip, nothing is pulled but where it cannot help. */
export async function comesThroughAPartition(network: Meshes | null): Promise<void> {
  const five = await Five.open(network)
  const { places } = five
  if (network !== null) await heard(places, 4)
  const first = await five.order('a')
  if (network === null) await pulled(places)
  await five.settle([first])
  const [most, few] = [places.slice(0, 3), places.slice(3)]
  part(network, most, few)
  if (network !== null) await heard(most, 2)
  if (network !== null) await heard(few, 1)
  const second = await five.order('a')
  if (network === null) await pulled(most)
  await five.settle([second], most)
  const before = few.map(({ soon }) => soon())
  network?.heal()
  if (network !== null) await heard(places, 4)
  // Of what was told while they were cut off nobody tells again; that others came is said.
  for (const [i, { node, soon }] of few.entries()) {
    expect(await node.record(second.txid)).toBeNull()
    if (network !== null) expect(soon()).toBeGreaterThan(before[i] ?? 0)
  }
  await pulled(places)
  expect(await areFinal([second], places)).toBe(true)
  const late = await five.join('late')
  await late.node.syncWith(peerOf(five.at('c').node))
  if (network !== null) await heard(five.places, 5)
  const third = await five.order('e')
  if (network === null) await pulled(five.places)
  await five.settle([first, second, third])
}
