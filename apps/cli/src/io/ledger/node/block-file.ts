/** A file of blocks, all of it judged anew: signatures, states, seals. Nothing is locked or changed. */
import { readLog } from '@chartseal/core/files'
import { memoryLog } from '@chartseal/core/memory'
import { blockLogKind, genesisBlock, LedgerNode, memoryIndex, openSeal } from '@chartseal/emr-ledger'
import { inFile, pathOf } from '../../files.js'
import type { Io } from '../../io.js'
import type { ServedNode } from './api.js'

export interface BlockFile {
  readonly served: ServedNode
  readonly blocks: number
  /** Bytes at the end of an interrupted write. */
  readonly incompleteBytes: number
}

/** @throws ChartsealError `ledger/…` for the first block that is refused, which is named; `log/…` */
export async function readBlockFile(
  io: Io,
  file: string,
  genesis: Uint8Array,
  depth = 0,
): Promise<BlockFile> {
  const [index, clock] = [memoryIndex(), io.clock]
  const node = await LedgerNode.open({
    ...{ genesis, index, clock, blocks: memoryLog() },
    seal: ({ genesis: rule, base, notes }) =>
      openSeal({ genesis: rule, block0: genesisBlock(rule).header, base, notes }),
  })
  const log = await readLog(pathOf(io, file), { kind: blockLogKind })
  try {
    let blocks = 0
    for await (const bytes of log.read()) {
      await inFile(`${file}, block ${blocks + 1}`, () => node.receive(bytes))
      blocks++
    }
    const served = { node, index, depth, genesis, seals: false }
    return { served, blocks, incompleteBytes: log.tornBytes }
  } finally {
    await log.close()
  }
}
