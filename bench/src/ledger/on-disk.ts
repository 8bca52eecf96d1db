/** Nodes with a block file and the server's store, in a folder of their own. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openLog } from '@chartseal/core/files'
import type { AppendLog } from '@chartseal/core/ports'
import { systemRandom as random } from '@chartseal/core/system'
import { blockLogKind, encodeGenesis, type Genesis, LedgerNode } from '@chartseal/emr-ledger'
import { openStoreIndex } from '../../server-parts.mjs'
import { type Cost, costOf } from '../measure.js'
import { lateClock, powSeal } from './world.js'

export async function inFolder<Result>(work: (folder: string) => Promise<Result>): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), 'chartseal-bench-'))
  try {
    return await work(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

export const openBlocks = (folder: string): Promise<AppendLog> =>
  openLog(join(folder, 'blocks'), { kind: blockLogKind, random })

export interface NodeOnDisk {
  readonly node: LedgerNode
  /** What opening took, the store apart. */
  readonly cost: Cost
  close(): Promise<void>
}

/** @param name of the index: another one is empty */
export async function openOnDisk(folder: string, genesis: Genesis, name = 'index'): Promise<NodeOnDisk> {
  const where = join(folder, name)
  await mkdir(where, { recursive: true })
  const store = await openStoreIndex(where)
  const open = async (): Promise<LedgerNode> =>
    LedgerNode.open({
      genesis: encodeGenesis(genesis),
      blocks: await openBlocks(folder),
      index: store.index,
      seal: powSeal,
      clock: lateClock,
    })
  const { node, cost } = await timed(open)
  return {
    node,
    cost,
    async close() {
      await node.close()
      await store.close()
    },
  }
}

async function timed(open: () => Promise<LedgerNode>): Promise<{ node: LedgerNode; cost: Cost }> {
  const nodes: LedgerNode[] = []
  const cost = await costOf(async () => nodes.push(await open()))
  const [node] = nodes
  if (node === undefined) throw new Error('internal: no node')
  return { node, cost }
}

export const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN
