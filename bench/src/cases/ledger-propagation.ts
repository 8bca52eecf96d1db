/** A block among 20 nodes that pull, all in one process, by the timer of the server: it asks every peer once a second. */
import { setTimeout as sleep } from 'node:timers/promises'
import { encodeHex } from '@chartseal/core/encoding'
import { memoryLog } from '@chartseal/core/memory'
import {
  type Block,
  encodeGenesis,
  type Genesis,
  LedgerNode,
  type LedgerPeer,
  maxBlockRecords,
  memoryIndex,
} from '@chartseal/emr-ledger'
import { type Ending, pulling, serveLedger } from '../../server-parts.mjs'
import type { Fact } from '../facts.js'
import { lateClock, ledgerOf, Mint, powSeal, prescriber, Scribe } from '../ledger/world.js'

export const pullFact = 'ledger-pull-p99'
export const pullOfFourFact = 'ledger-pull-four-p99'
export const propagationNodes = 20
const blockCount = 20
const mostMs = 30_000
const timerMs = 1_000

/** Who asks whom, and how. */
interface Network {
  /** Which ones a node asks, counted from itself. */
  readonly steps: readonly number[]
  readonly isHttp: boolean
}

/** All ask all: by calls, as 20 machines' requests a second are more than one machine has. */
const all: Network = { steps: Array.from({ length: propagationNodes - 1 }, (_, i) => i + 1), isHttp: false }
const four: Network = { steps: [1, 2, 5, 10], isHttp: true }

const peerOf = (node: LedgerNode): LedgerPeer => ({
  tip: async () => node.tip,
  headers: (from, limit) => node.headers(from, limit),
  block: id => node.block(id),
  evidence: async () => node.evidence(),
  pending: async () => node.pending().map(({ bytes }) => bytes),
})

const openNode = (genesis: Genesis): Promise<LedgerNode> =>
  LedgerNode.open({
    genesis: encodeGenesis(genesis),
    blocks: memoryLog(),
    index: memoryIndex(),
    seal: powSeal,
    clock: lateClock,
  })

async function connected(nodes: readonly LedgerNode[], { steps, isHttp }: Network): Promise<Ending> {
  const servers = isHttp ? await Promise.all(nodes.map(serveLedger)) : []
  const origins = nodes.map((_, i) => servers[i]?.origin ?? `http://node-${i}`)
  const peers = new Map(nodes.map((node, i) => [origins[i] ?? '', peerOf(node)]))
  const pulls: Ending[] = []
  for (const [i, node] of nodes.entries()) {
    const asked = steps.flatMap(step => origins[(i + step) % nodes.length] ?? [])
    for (const origin of asked) {
      pulls.push(await pulling(node, [origin], one => (isHttp ? null : (peers.get(one) ?? null))))
      // Timers of nodes have nothing to do with each other.
      await sleep(timerMs / nodes.length / steps.length + Math.random())
    }
  }
  return {
    async close() {
      await Promise.all(pulls.map(one => one.close()))
      await Promise.all(servers.map(one => one.close()))
    },
  }
}

/** Milliseconds from the block at one node until each of the others has it. @throws Error when one has not in half a minute */
async function propagated(
  nodes: readonly LedgerNode[],
  from: number,
  { bytes, header }: Block,
): Promise<readonly number[]> {
  const id = encodeHex(header.id)
  const times: number[] = []
  const start = performance.now()
  const others = nodes.filter((_, i) => i !== from)
  const leave = others.map(node =>
    node.subscribe(event => {
      if (event.kind === 'block' && encodeHex(event.block.id) === id) times.push(performance.now() - start)
    }),
  )
  await nodes[from]?.receive(bytes)
  while (times.length < others.length) {
    if (performance.now() - start > mostMs) throw new Error('a block did not get to all')
    await sleep(1)
  }
  for (const one of leave) one()
  return times
}

async function measured(
  blocks: readonly Block[],
  genesis: Genesis,
  network: Network,
): Promise<readonly number[]> {
  const nodes = await Promise.all(Array.from({ length: propagationNodes }, () => openNode(genesis)))
  const connection = await connected(nodes, network)
  try {
    const times: number[] = []
    for (const [i, block] of blocks.entries()) {
      times.push(...(await propagated(nodes, (i * 7) % nodes.length, block)))
      // So that blocks begin at any moment of the timers.
      await sleep((137 * i) % timerMs)
    }
    return times.toSorted((a, b) => a - b)
  } finally {
    await connection.close()
    await Promise.all(nodes.map(node => node.close()))
  }
}

export async function propagationFacts(count: number = blockCount): Promise<readonly Fact[]> {
  const people = Array.from({ length: 10 }, (_, i) => prescriber('Ed25519', i))
  const genesis = ledgerOf(people)
  const mint = new Mint(genesis)
  const blocks = await mint.chain(mint.zero, count, maxBlockRecords, new Scribe(genesis, people))
  const title = `a block of 25 records among ${propagationNodes} nodes of one process, by pull once a second`
  return [
    ...quantiles(await measured(blocks, genesis, all), pullFact, `${title}: all ask all, by calls`),
    ...quantiles(
      await measured(blocks, genesis, four),
      pullOfFourFact,
      `${title}: each asks four, over HTTP`,
    ),
  ]
}

function quantiles(sorted: readonly number[], id: string, title: string): readonly Fact[] {
  const at = (share: number): number => Math.round(sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN)
  return [
    { id, title: `${title}, p99`, value: at(0.99), unit: 'ms' },
    { id: id.replace('p99', 'p50'), title: 'the same, p50', value: at(0.5), unit: 'ms' },
  ]
}
