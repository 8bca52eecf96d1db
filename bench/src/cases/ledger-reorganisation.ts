/** A node that leaves 100 blocks of 25 records for a chain that is one block heavier. */
import { equal } from '@chartseal/core/bytes'
import {
  type Block,
  type Genesis,
  type LedgerEvent,
  type LedgerNode,
  maxBlockRecords,
} from '@chartseal/emr-ledger'
import type { Fact } from '../facts.js'
import { settle } from '../garbage.js'
import { inFolder, median, openOnDisk } from '../ledger/on-disk.js'
import { ledgerOf, Mint, prescriber, Scribe } from '../ledger/world.js'
import { type Cost, costOf } from '../measure.js'

export const reorganisedBeforeFact = 'ledger-reorganised-received'
export const reorganisedNewFact = 'ledger-reorganised-new'
const reorganisedDepth = 100
const usualRounds = 5

interface Branches {
  readonly genesis: Genesis
  readonly first: readonly Block[]
  /** Other records, and a block more. */
  readonly heavier: readonly Block[]
}

async function branchesOf(depth: number): Promise<Branches> {
  const people = Array.from({ length: 10 }, (_, i) => prescriber('Ed25519', i))
  const genesis = ledgerOf(people)
  const mint = new Mint(genesis)
  const branch = (count: number, salt: string): Promise<readonly Block[]> =>
    mint.chain(mint.zero, count, maxBlockRecords, new Scribe(genesis, people, salt))
  return { genesis, first: await branch(depth, 'first '), heavier: await branch(depth + 1, 'heavier ') }
}

async function receiveAll(node: LedgerNode, blocks: readonly Block[]): Promise<void> {
  for (const { bytes } of blocks) await node.receive(bytes)
}

/** @param received how many blocks of the heavier chain are there before. @throws Error unless it is what is followed then */
async function reorganise({ genesis, first, heavier }: Branches, received: number): Promise<Cost> {
  return inFolder(async folder => {
    const { node, close } = await openOnDisk(folder, genesis)
    try {
      await receiveAll(node, first)
      await receiveAll(node, heavier.slice(0, received))
      const events: LedgerEvent[] = []
      node.subscribe(event => events.push(event))
      await settle()
      const cost = await costOf(() => receiveAll(node, heavier.slice(received)))
      const told = events.find(event => event.kind === 'reorganised')
      const tip = heavier.at(-1)?.header.id ?? new Uint8Array(0)
      if (told?.depth !== first.length || !equal(node.tip.id, tip)) throw new Error('it was not reorganised')
      return cost
    } finally {
      await close()
    }
  })
}

async function factsOf(
  branches: Branches,
  [received, rounds]: readonly [number, number],
  id: string,
  what: string,
): Promise<readonly Fact[]> {
  const costs: Cost[] = []
  for (let i = 0; i < rounds; i++) costs.push(await reorganise(branches, received))
  const ms = (of: (cost: Cost) => number): number => Math.round(median(costs.map(of)) * 1e4) / 10
  const title = `reorganisation of depth ${branches.first.length}, 25 records each, ${what}, on a disk`
  return [
    { id, title, value: ms(cost => cost.wallSeconds), unit: 'ms' },
    { id: `${id}-cpu`, title: 'the same, CPU time', value: ms(cost => cost.cpuSeconds), unit: 'ms' },
  ]
}

export async function reorganisationFacts(
  depth: number = reorganisedDepth,
  rounds: number = usualRounds,
): Promise<readonly Fact[]> {
  const branches = await branchesOf(depth)
  const before = 'all but the last block received before'
  return [
    ...(await factsOf(branches, [depth, rounds], reorganisedBeforeFact, before)),
    ...(await factsOf(branches, [0, rounds], reorganisedNewFact, 'every block new')),
  ]
}
