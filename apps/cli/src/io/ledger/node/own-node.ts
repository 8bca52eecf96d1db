/** The node of a folder: a file of blocks, the records that wait, an index in memory, and a miner. */
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
import { waitingFolder } from './waiting-folder.js'

export interface OwnedOptions {
  /** Absolute. */
  readonly folder: string
  readonly genesis: Uint8Array
  readonly mine: boolean
  readonly depth?: number
  readonly workers?: number
}

/** A node of a folder that nobody else has meanwhile; nothing of it runs by itself. */
export interface OwnedNode {
  readonly served: ServedNode & { readonly node: LedgerNode }
  readonly cutBytes: number
  /** How many records waited from before. */
  readonly waiting: number
  close(): Promise<void>
}

/** @throws ChartsealError `files/locked` while another process has the folder, `ledger/…`, `files/…` */
export async function ownedNode(io: Io, options: OwnedOptions): Promise<OwnedNode> {
  const { folder, genesis, depth, workers, mine } = options
  const blocks = await openLog(join(folder, 'blocks.log'), { kind: blockLogKind, random: io.random })
  const miner = mine ? new Miner(workers === undefined ? {} : { workers }) : null
  try {
    const { node, index } = await opened(io, blocks, genesis, { miner, depth })
    const kept = waitingFolder(join(folder, 'waiting'))
    const waiting = await kept.restore(node)
    const keep = (record: Uint8Array): Promise<void> => kept.keep(record)
    return {
      served: { node, index, depth: depth ?? 0, genesis, seals: mine, keep },
      cutBytes: blocks.recovered.cutBytes,
      waiting,
      async close() {
        await node.close()
        miner?.[Symbol.dispose]()
      },
    }
  } catch (error) {
    miner?.[Symbol.dispose]()
    await blocks.close().catch(() => undefined)
    throw error
  }
}

const beatMs = 500
const pullMs = 1_000

/** The same, which mines and asks other nodes by itself. @throws as {@link ownedNode} */
export async function ownNode(
  io: Io,
  options: OwnedOptions & { readonly peers: readonly URL[] },
): Promise<OwnedNode> {
  const own = await ownedNode(io, options)
  const { node } = own.served
  const beat = repeating(
    beatMs,
    async () => void (await node.tick()),
    error => tellFault(io, error),
  )
  // What is handed in is mined at once.
  node.subscribe(({ kind }) => kind === 'pending' && beat.wake())
  const timers = [beat, ...options.peers.map(peer => pulling(io, node, httpPeer(peer)))]
  return {
    ...own,
    async close() {
      const done = timers.map(timer => timer.stop())
      await own.close()
      await Promise.all(done)
    },
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
