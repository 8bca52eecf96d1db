/** A node that starts on 10^5 blocks: with its index, and without. */
import { equal } from '@chartseal/core/bytes'
import type { Fact } from '../facts.js'
import { settle } from '../garbage.js'
import { inFolder, median, type NodeOnDisk, openBlocks, openOnDisk } from '../ledger/on-disk.js'
import { ledgerOf, Mint, prescriber, Scribe } from '../ledger/world.js'
import type { Cost } from '../measure.js'

export const startPresentFact = 'ledger-start-present'
export const startRebuiltFact = 'ledger-start-rebuilt'
const startBlocks = 100_000
const usualStarts = 5
const atOnce = 1_000

/** One record in each block. */
export async function startFacts(
  count: number = startBlocks,
  starts: number = usualStarts,
): Promise<readonly Fact[]> {
  const people = Array.from({ length: 10 }, (_, i) => prescriber('Ed25519', i))
  const genesis = ledgerOf(people)
  return inFolder(async folder => {
    const tip = await writeBlocks(folder, count, new Mint(genesis), new Scribe(genesis, people))
    const present: Cost[] = []
    const start = async (): Promise<Cost> => {
      await settle()
      const opened = await openOnDisk(folder, genesis)
      await closeAt(opened, tip, count)
      return opened.cost
    }
    const rebuilt = await start()
    for (let i = 0; i < starts; i++) present.push(await start())
    const title = `start of a node with ${count.toLocaleString('en')} blocks, index in SQLite`
    return [
      ...factsOf(startPresentFact, `${title}: present`, present),
      ...factsOf(startRebuiltFact, `${title}: rebuilt, once`, [rebuilt]),
    ]
  })
}

function factsOf(id: string, title: string, costs: readonly Cost[]): readonly Fact[] {
  const seconds = (of: (cost: Cost) => number): number => Math.round(median(costs.map(of)) * 1e3) / 1e3
  return [
    { id, title, value: seconds(cost => cost.wallSeconds), unit: 's' },
    { id: `${id}-cpu`, title: 'the same, CPU time', value: seconds(cost => cost.cpuSeconds), unit: 's' },
  ]
}

/** Gives the id of the last one. */
async function writeBlocks(folder: string, count: number, mint: Mint, scribe: Scribe): Promise<Uint8Array> {
  const log = await openBlocks(folder)
  let end = mint.zero
  try {
    for (let left = count; left > 0; ) {
      const entries: Uint8Array[] = []
      for (; entries.length < atOnce && left > 0; left -= 1) {
        const made = await mint.block(end, scribe.some(1))
        entries.push(made.block.bytes)
        end = made.end
      }
      await log.appendAll(entries)
    }
  } finally {
    await log.close()
  }
  return end.headers[0]?.id ?? new Uint8Array(0)
}

/** @throws Error unless it stands where the block file ends */
async function closeAt({ node, close }: NodeOnDisk, tip: Uint8Array, count: number): Promise<void> {
  try {
    if (node.tip.height !== BigInt(count) || !equal(node.tip.id, tip))
      throw new Error('the node stands elsewhere')
  } finally {
    await close()
  }
}
