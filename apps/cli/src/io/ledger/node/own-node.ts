/** The node of a folder: a file of blocks, an index in memory, and a miner. */
import { join } from 'node:path'
import { openLog } from '@chartseal/core/files'
import type { AppendLog } from '@chartseal/core/ports'
import {
  blockLogKind,
  genesisBlock,
  LedgerNode,
  type LedgerPeer,
  Miner,
  memoryIndex,
  openSeal,
  type SealOpener,
} from '@chartseal/emr-ledger'
import { type Io, writeLine } from '../../io.js'
import type { ServedNode } from './api.js'
import { httpPeer } from './peer.js'

export interface OwnNodeOptions {
  /** Absolute. */
  readonly folder: string
  readonly genesis: Uint8Array
  readonly peers: readonly URL[]
  readonly mine: boolean
  readonly depth?: number
  readonly workers?: number
}

export interface OwnNode {
  readonly served: ServedNode
  readonly cutBytes: number
  close(): Promise<void>
}

const beatMs = 500
const pullMs = 1_000

/**
 * Records that wait are kept in memory: whoever handed in one that is not sealed when this ends hands it in again.
 * @throws ChartsealError `files/locked` while another process has the folder, `ledger/…`, `files/…`
 */
export async function ownNode(io: Io, options: OwnNodeOptions): Promise<OwnNode> {
  const { folder, genesis, peers, depth, workers, mine } = options
  const blocks = await openLog(join(folder, 'blocks.log'), { kind: blockLogKind, random: io.random })
  const miner = mine ? new Miner(workers === undefined ? {} : { workers }) : null
  try {
    const node = await opened(io, blocks, genesis, { miner, depth })
    const { index } = node
    const served = { node: node.node, index, depth: depth ?? 0, genesis, seals: mine }
    const beat = repeating(
      beatMs,
      async () => void (await node.node.tick()),
      error => tellFault(io, error),
    )
    // What is handed in is mined at once.
    node.node.subscribe(({ kind }) => kind === 'pending' && beat.wake())
    const timers = [beat, ...peers.map(peer => pulling(io, node.node, httpPeer(peer)))]
    return {
      served,
      cutBytes: blocks.recovered.cutBytes,
      async close() {
        const done = timers.map(timer => timer.stop())
        await node.node.close()
        miner?.[Symbol.dispose]()
        await Promise.all(done)
      },
    }
  } catch (error) {
    miner?.[Symbol.dispose]()
    await blocks.close().catch(() => undefined)
    throw error
  }
}

async function opened(
  { clock }: Io,
  blocks: AppendLog,
  genesis: Uint8Array,
  { miner, depth }: { readonly miner: Miner | null; readonly depth: number | undefined },
) {
  const index = memoryIndex()
  const seal: SealOpener = ({ genesis: rule, base, notes }) => {
    const sealer = rule.roster.members[0]?.kid
    const tools = miner === null || sealer === undefined ? {} : { miner, sealer }
    return openSeal({ genesis: rule, block0: genesisBlock(rule).header, base, notes, tools })
  }
  const common = { genesis, blocks, index, seal, clock }
  const node = await LedgerNode.open(depth === undefined ? common : { ...common, dispenseDepth: depth })
  return { node, index }
}

/** Told once of each outage. */
function pulling(io: Io, node: LedgerNode, peer: LedgerPeer): Repeating {
  let isThere = true
  return repeating(
    pullMs,
    async () => {
      await node.syncWith(peer)
      isThere = true
    },
    error => {
      if (isThere) tellFault(io, error)
      isThere = false
    },
  )
}

function tellFault(io: Io, error: unknown): void {
  const message = error instanceof Error ? error.message : String(error)
  writeLine(io.stderr, message).catch(() => undefined)
}

interface Repeating {
  /** Does not wait for the next time. */
  wake(): void
  /** Resolves once nothing runs any more. */
  stop(): Promise<void>
}

/** One after the other. */
function repeating(ms: number, step: () => Promise<void>, onFault: (error: unknown) => void): Repeating {
  let isOver = false
  let wake = (): void => undefined
  const run = async (): Promise<void> => {
    while (!isOver) {
      await step().catch(error => isOver || onFault(error))
      if (isOver) return
      await new Promise<void>(resolve => {
        const timer = setTimeout(resolve, ms)
        wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
  }
  const running = run()
  return {
    wake: () => wake(),
    stop() {
      isOver = true
      wake()
      return running
    },
  }
}
