/**
 * A block among 20 nodes, all in one process, as the server does it: by pull, where it waits for news of every peer, and by
 * gossip, where nobody pulls.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { encodeHex } from '@chartseal/core/encoding'
import { memoryLog } from '@chartseal/core/memory'
import {
  type Block,
  encodeGenesis,
  type Genesis,
  LedgerNode,
  maxBlockRecords,
  memoryIndex,
} from '@chartseal/emr-ledger'
import { type Ask, calledLedger, type Ending, gossiping, pulling, serveLedger } from '../../server-parts.mjs'
import type { Fact } from '../facts.js'
import { lateClock, ledgerOf, Mint, powSeal, prescriber, Scribe } from '../ledger/world.js'

export const pullFact = 'ledger-pull-p99'
export const pullOfFourFact = 'ledger-pull-four-p99'
export const gossipFact = 'ledger-gossip-p99'
const propagationNodes = 20
const blockCount = 20
const mostMs = 30_000
/** Blocks come at any moment of it: longer than a node pauses after it took what another one had. */
const momentsMs = 1_000

/** Who asks whom, and how. */
interface Network {
  /** Which ones a node asks, counted from itself. */
  readonly steps: readonly number[]
  readonly isHttp: boolean
}

/** All ask all: by calls, as 20 machines' requests are more than one machine has. */
const all = (nodeCount: number): Network => ({
  steps: Array.from({ length: nodeCount - 1 }, (_, i) => i + 1),
  isHttp: false,
})
/** In a ring, so that it takes three steps to get to all. */
const places = [1, 2, 5, 10]
const four = (nodeCount: number): Network => ({
  steps: places.filter(step => step < nodeCount),
  isHttp: true,
})

const openNode = (genesis: Genesis): Promise<LedgerNode> =>
  LedgerNode.open({
    genesis: encodeGenesis(genesis),
    blocks: memoryLog(),
    index: memoryIndex(),
    seal: powSeal,
    clock: lateClock,
  })

/** Nodes that ask each other until they are closed. */
interface Connection extends Ending {
  /** @throws what was the first thing to go wrong between them */
  requireWhole(): void
}

const askHttp: Ask = (url, init) => fetch(url, init)

/** What a node is asked by: its origin, and who answers there. */
interface Served extends Ending {
  readonly origin: string
  readonly ask: Ask
}

async function serve(node: LedgerNode, i: number, isHttp: boolean): Promise<Served> {
  if (isHttp) return { ...(await serveLedger(node)), ask: askHttp }
  return { ...(await calledLedger(node)), origin: `http://node-${i}` }
}

async function connected(nodes: readonly LedgerNode[], { steps, isHttp }: Network): Promise<Connection> {
  const servers = await Promise.all(nodes.map((node, i) => serve(node, i, isHttp)))
  const pulls: Ending[] = []
  const faults: unknown[] = []
  for (const [i, node] of nodes.entries()) {
    for (const { origin, ask } of steps.flatMap(step => servers[(i + step) % nodes.length] ?? [])) {
      pulls.push(await pulling(node, [origin], { ask, onFault: error => faults.push(error) }))
      // Nodes of a network have nothing to do with each other's moments.
      await sleep(momentsMs / nodes.length / steps.length + Math.random())
    }
  }
  return {
    requireWhole() {
      if (faults.length > 0) throw new Error('a node could not pull', { cause: faults[0] })
    },
    async close() {
      await Promise.all(pulls.map(one => one.close()))
      await Promise.all(servers.map(one => one.close()))
    },
  }
}

async function gossiped(nodes: readonly LedgerNode[]): Promise<Connection | null> {
  const ending = await gossiping(
    nodes,
    places.filter(step => step < nodes.length),
  )
  return ending === null ? null : { ...ending, requireWhole: () => undefined }
}

/** Milliseconds from the block at one node until each of the others has it. @throws Error when one has not in half a minute */
async function propagated(
  nodes: readonly LedgerNode[],
  from: number,
  { bytes, header }: Block,
  connection: Connection,
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
    connection.requireWhole()
    if (performance.now() - start > mostMs) throw new Error('a block did not get to all')
    await sleep(1)
  }
  for (const one of leave) one()
  return times
}

/** `null` where there is no such network on this machine. */
async function measured(
  blocks: readonly Block[],
  genesis: Genesis,
  nodeCount: number,
  connect: (nodes: readonly LedgerNode[]) => Promise<Connection | null>,
): Promise<readonly number[] | null> {
  const nodes = await Promise.all(Array.from({ length: nodeCount }, () => openNode(genesis)))
  const connection = await connect(nodes)
  try {
    if (connection === null) return null
    const times: number[] = []
    for (const [i, block] of blocks.entries()) {
      times.push(...(await propagated(nodes, (i * 7) % nodes.length, block, connection)))
      await sleep((137 * i) % momentsMs)
    }
    return times.toSorted((a, b) => a - b)
  } finally {
    await connection?.close()
    await Promise.all(nodes.map(node => node.close()))
  }
}

/** @param nodeCount a test looks at fewer */
export async function propagationFacts(
  count: number = blockCount,
  nodeCount: number = propagationNodes,
): Promise<readonly Fact[]> {
  const people = Array.from({ length: 10 }, (_, i) => prescriber('Ed25519', i))
  const genesis = ledgerOf(people)
  const mint = new Mint(genesis)
  const blocks = await mint.chain(mint.zero, count, maxBlockRecords, new Scribe(genesis, people))
  const title = `a block of 25 records among ${nodeCount} nodes of one process`
  const timed = async (id: string, how: string, connect: Parameters<typeof measured>[3]) =>
    quantiles(await measured(blocks, genesis, nodeCount, connect), id, `${title}, ${how}`)
  return [
    ...(await timed(pullFact, 'by pull: all ask all, by calls', nodes => connected(nodes, all(nodeCount)))),
    ...(await timed(pullOfFourFact, 'by pull: each asks four, over HTTP', nodes =>
      connected(nodes, four(nodeCount)),
    )),
    ...(await timed(gossipFact, 'by gossip: each names eight', gossiped)),
  ]
}

function quantiles(sorted: readonly number[] | null, id: string, title: string): readonly Fact[] {
  if (sorted === null) return []
  const at = (share: number): number => Math.round(sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN)
  return [
    { id, title: `${title}, p99`, value: at(0.99), unit: 'ms' },
    { id: id.replace('p99', 'p50'), title: 'the same, p50', value: at(0.5), unit: 'ms' },
  ]
}
