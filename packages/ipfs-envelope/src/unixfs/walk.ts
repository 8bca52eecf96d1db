import * as dagPb from '@ipld/dag-pb'
import type { Blockstore } from 'interface-blockstore'
import { UnixFS } from 'ipfs-unixfs'
import type { CID } from 'multiformats/cid'
import { isBlockOf } from '../cid/addressing.js'
import { expectSupported, rawCodec } from '../cid/parse.js'
import { envelopeError } from '../errors.js'
import { eachCopied, joined } from '../memory-store.js'

/** One walk over a file: which blob it is, where its blocks are, and how many bytes it may still read. */
export interface Walk {
  readonly root: string
  readonly blocks: Pick<Blockstore, 'get'>
  readonly maxBytes: number
  spentBytes: number
}

// What a block costs beyond its bytes: a few small nodes can name endless empty ones.
const blockCostBytes = 64

/**
 * The content below a block in order, depth first, each block checked before anything of it is given out.
 *
 * Not through ipfs-unixfs-exporter: version 16.2.2 leaves a rejection unhandled, which ends a Node.js
 * process, when a block two levels below the root is missing or wrong. Tests compare with it.
 */
export async function* readFile(cid: CID, walk: Walk): AsyncGenerator<Uint8Array> {
  const block = await checkedBlock(cid, walk)
  if (cid.code === rawCodec) {
    yield block
    return
  }
  const { data, links } = decodeNode(block, walk)
  if (data !== null) yield data
  for (const link of links) yield* readFile(link, walk)
}

/** Every CID of a file, children first; blocks that are missing or wrong are named, not entered. */
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
    return decodeNode(await checkedBlock(cid, walk), walk).links
  } catch {
    return []
  }
}

async function checkedBlock(cid: CID, walk: Walk): Promise<Uint8Array> {
  expectSupported(cid)
  const block = await storedBlock(cid, walk)
  walk.spentBytes += block.length + blockCostBytes
  if (walk.spentBytes > walk.maxBytes) {
    throw envelopeError('envelope/blob-too-large', { cid: walk.root, maxBytes: walk.maxBytes })
  }
  if (!(await isBlockOf(cid, block)))
    throw envelopeError('envelope/cid-mismatch', { cid: walk.root, reason: '' })
  return block
}

async function storedBlock(cid: CID, { blocks, root }: Walk): Promise<Uint8Array> {
  try {
    return await joined(eachCopied(asStream(blocks.get(cid))))
  } catch (error) {
    if (error instanceof Error && error.name === 'NotFoundError') {
      throw envelopeError('envelope/blob-not-found', { cid: root })
    }
    throw error
  }
}

async function* asStream(
  parts: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  yield* parts
}

interface FileNode {
  readonly data: Uint8Array | null
  readonly links: readonly CID[]
}

function decodeNode(block: Uint8Array, { root }: Walk): FileNode {
  const node = attempt(() => dagPb.decode(block))
  const file = attempt(() => (node?.Data === undefined ? null : UnixFS.unmarshal(node.Data)))
  if (node === null || file === null || !(file.type === 'file' || file.type === 'raw')) {
    throw envelopeError('envelope/not-a-file', { cid: root })
  }
  const data = file.data === undefined ? null : Uint8Array.from(file.data)
  return { data, links: node.Links.map(link => link.Hash) }
}

function attempt<T>(decode: () => T): T | null {
  try {
    return decode()
  } catch {
    return null
  }
}
