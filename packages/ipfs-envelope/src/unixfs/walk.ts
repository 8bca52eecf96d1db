import { ChartsealError } from '@chartseal/core/errors'
import type { CID } from 'multiformats/cid'
import { isBlockOf } from '../cid/addressing.js'
import { expectSupported, rawCodec } from '../cid/parse.js'
import { envelopeError } from '../errors.js'
import type { BlockReader } from '../stores/port.js'
import { decodeNode, type FileNode } from './node.js'

/** One walk over a file: which blob it is, where its blocks are, and how many bytes it may still read. */
export interface Walk {
  readonly root: string
  readonly blocks: Pick<BlockReader, 'get'>
  readonly maxBytes: number
  spentBytes: number
}

// What a block costs beyond its bytes: a few small nodes can name endless empty ones.
export const blockCostBytes = 64
/** Blocks that are on their way while one is given out: a node or a gateway answers each after a while. */
const blocksAhead = 4

/**
 * The content below a block in order, depth first, each block checked before anything of it is given out.
 *
 * Not through ipfs-unixfs-exporter: version 16.2.2 leaves a rejection unhandled, which ends a Node.js
 * process, when a block two levels below the root is missing or wrong. Tests compare with it.
 */
export async function* readFile(cid: CID, walk: Walk): AsyncGenerator<Uint8Array> {
  yield* contentOf(cid, await checkedBlock(cid, walk), walk)
}

async function* contentOf(cid: CID, block: Uint8Array, walk: Walk): AsyncGenerator<Uint8Array> {
  if (cid.code === rawCodec) {
    yield block
    return
  }
  const { data, links } = expectNode(block, walk.root)
  if (data !== null) yield data
  for await (const { cid: link, block: child } of inOrder(links, walk)) yield* contentOf(link, child, walk)
}

export interface CheckedBlock {
  readonly cid: CID
  readonly block: Uint8Array
}

/** Every block of a file once, each before what it names, depth first; checked. */
export async function* eachBlock(
  cid: CID,
  walk: Walk,
  seen: Set<string> = new Set(),
): AsyncGenerator<CheckedBlock> {
  seen.add(cid.toString())
  yield* below({ cid, block: await checkedBlock(cid, walk) }, walk, seen)
}

async function* below(found: CheckedBlock, walk: Walk, seen: Set<string>): AsyncGenerator<CheckedBlock> {
  yield found
  if (found.cid.code === rawCodec) return
  const fresh = expectNode(found.block, walk.root).links.filter(link => addTo(seen, link.toString()))
  for await (const child of inOrder(fresh, walk)) yield* below(child, walk, seen)
}

/** Whether it was not there yet. */
function addTo(seen: Set<string>, name: string): boolean {
  if (seen.has(name)) return false
  seen.add(name)
  return true
}

/** The blocks of these links, of which the next few are fetched while one is in use. */
async function* inOrder(links: readonly CID[], walk: Walk): AsyncGenerator<CheckedBlock> {
  const coming: Promise<Uint8Array>[] = []
  for (const [i, link] of links.entries()) {
    for (const next of links.slice(i + coming.length, i + blocksAhead)) coming.push(begun(next, walk))
    const block = await coming.shift()
    if (block !== undefined) yield { cid: link, block }
  }
}

/** A rejection is seen when its turn comes, or never, when the reader has stopped before. */
function begun(cid: CID, walk: Walk): Promise<Uint8Array> {
  const block = checkedBlock(cid, walk)
  block.catch(() => undefined)
  return block
}

/**
 * Every CID of a file, children first; blocks that are missing are named, not entered. What cannot be read throws before it
 * is named: whoever deletes it then would never find the blocks below it again.
 */
export async function* listBlocks(cid: CID, walk: Walk, seen: Set<string> = new Set()): AsyncGenerator<CID> {
  const name = cid.toString()
  if (seen.has(name)) return
  seen.add(name)
  for (const link of await linksOf(cid, walk)) yield* listBlocks(link, walk, seen)
  yield cid
}

async function linksOf(cid: CID, walk: Walk): Promise<readonly CID[]> {
  if (cid.code === rawCodec) return []
  try {
    return expectNode(await checkedBlock(cid, walk), walk.root).links
  } catch (error) {
    if (error instanceof ChartsealError && error.code === 'envelope/blob-not-found') return []
    throw error
  }
}

/**
 * One block, checked against its CID.
 * @throws ChartsealError `envelope/blob-not-found`, `envelope/cid-mismatch`, `envelope/blob-too-large`,
 * `envelope/unsupported-cid`
 */
export async function checkedBlock(cid: CID, walk: Walk): Promise<Uint8Array> {
  expectSupported(cid)
  const block = await walk.blocks.get(cid.toString())
  if (block === null) throw envelopeError('envelope/blob-not-found', { cid: walk.root })
  walk.spentBytes += block.length + blockCostBytes
  if (walk.spentBytes > walk.maxBytes) {
    throw envelopeError('envelope/blob-too-large', { cid: walk.root, maxBytes: walk.maxBytes })
  }
  if (!(await isBlockOf(cid, block)))
    throw envelopeError('envelope/cid-mismatch', { cid: walk.root, reason: '' })
  return block
}

/** @throws ChartsealError `envelope/not-a-file` */
export function expectNode(block: Uint8Array, root: string): FileNode {
  const node = decodeNode(block)
  if (node === null) throw envelopeError('envelope/not-a-file', { cid: root })
  return node
}
