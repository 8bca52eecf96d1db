/** What lies below a block: the nodes of a UnixFS file, read from the disk. */
import { ChartsealError } from '@chartseal/core/errors'
import { blockLinks } from '@chartseal/ipfs-envelope/unixfs'
import { type BlockFiles, cidText } from './blocks.js'

/** With leaves of about 1 MiB so much is 16 GiB. */
const mostBlocks = 16_384
/** A balanced file of that size has three levels. */
const mostLevels = 8

/** The CIDs that a block names; `null` for one that is no node of a file as this server keeps them. */
export function linksIn(cid: string, bytes: Uint8Array): readonly string[] | null {
  try {
    const links = blockLinks(cid, bytes)
    return links.every(link => cidText.test(link)) ? links : null
  } catch (error) {
    if (error instanceof ChartsealError) return null
    throw error
  }
}

export interface BlockTree {
  /** Each once, children before what names them, so the root comes last. */
  readonly cids: readonly string[]
  /** Whether every node could be read, and none of the limits was met. */
  readonly isWhole: boolean
}

/** The root and all blocks below it; of leaves only the names are known. */
export async function treeBelow(root: string, blocks: BlockFiles): Promise<BlockTree> {
  const seen = new Set<string>()
  const cids: string[] = []
  let isWhole = true
  const visit = async (cid: string, level: number): Promise<void> => {
    if (seen.has(cid)) return
    if (seen.size >= mostBlocks || level > mostLevels) {
      isWhole = false
      return
    }
    seen.add(cid)
    const links = await linksOf(cid, blocks)
    if (links === null) isWhole = false
    for (const link of links ?? []) await visit(link, level + 1)
    cids.push(cid)
  }
  await visit(root, 1)
  return { cids, isWhole }
}

async function linksOf(cid: string, blocks: BlockFiles): Promise<readonly string[] | null> {
  if (cid.startsWith('bafkrei')) return []
  const bytes = await blocks.read(cid)
  return bytes === null ? null : linksIn(cid, bytes)
}
