import type { RangeSource } from '@chartseal/core/chunked'
import type { CID } from 'multiformats/cid'
import { parseCid, rawCodec } from '../cid/parse.js'
import { envelopeError } from '../errors.js'
import { requireOrder } from '../require-order.js'
import type { BlockReader } from '../stores/port.js'
import { BoundedCache } from './cache.js'
import type { FileNode } from './node.js'
import { checkedBlock, expectNode } from './walk.js'

export interface RangeOptions {
  /** Blocks that are kept for the next range, about that many bytes; 8 MiB when left out. */
  readonly cacheBytes?: number
}

const defaultCacheBytes = 8_388_608
// A node of 1,024 links covers a thousand times what the node below it does; nobody builds higher than that.
const maxLevels = 16
// A link that was parsed takes that much beside its bytes.
const linkBytes = 256
const blockCost = 64
const fetchedAtOnce = 4

/**
 * A UnixFS file as a {@link RangeSource}: each read fetches the blocks it needs, by the sizes in the nodes, and checks
 * each against its CID before anything of it is given out. The size is what the root says, and what each block below is
 * held to.
 * @throws ChartsealError `envelope/bad-cid`, `envelope/unsupported-cid`, `envelope/blob-not-found`,
 * `envelope/cid-mismatch`, `envelope/not-a-file`, `envelope/wrong-sizes`; a read throws them too
 */
export async function unixfsRange(
  blocks: Pick<BlockReader, 'get'>,
  text: string,
  { cacheBytes = defaultCacheBytes }: RangeOptions = {},
): Promise<RangeSource> {
  const cid = parseCid(text)
  const tree = new Tree(blocks, text, cacheBytes)
  const sizeBytes = await tree.sizeOf(cid)
  return {
    sizeBytes,
    async read(from, to) {
      requireOrder(from, to)
      const end = Math.min(to, sizeBytes)
      const output = new Uint8Array(Math.max(0, end - from))
      if (output.length > 0) await tree.fill(output, from, { cid, start: 0, sizeBytes, level: 0 })
      return output
    },
  }
}

/** A block in its place: it covers `sizeBytes` of the file from `start` on. */
interface Place {
  readonly cid: CID
  readonly start: number
  readonly sizeBytes: number
  readonly level: number
}

type Part = { readonly leaf: Uint8Array } | { readonly node: SizedNode }

interface SizedNode extends FileNode {
  readonly sizes: readonly number[]
  /** Of what is below it, and of its own data. */
  readonly sizeBytes: number
}

class Tree {
  readonly #root: string
  readonly #blocks: Pick<BlockReader, 'get'>
  readonly #parts: BoundedCache<Part>

  constructor(blocks: Pick<BlockReader, 'get'>, root: string, cacheBytes: number) {
    this.#root = root
    this.#blocks = blocks
    this.#parts = new BoundedCache(cacheBytes, costOf)
  }

  async sizeOf(cid: CID): Promise<number> {
    const part = await this.#part(cid)
    return 'leaf' in part ? part.leaf.length : part.node.sizeBytes
  }

  /** Copies into `output`, which begins at byte `from` of the file, what the block at `place` covers of it. */
  async fill(output: Uint8Array, from: number, place: Place): Promise<void> {
    const part = await this.#part(place.cid)
    const actual = 'leaf' in part ? part.leaf.length : part.node.sizeBytes
    if (actual !== place.sizeBytes || place.level > maxLevels) throw this.#wrongSizes()
    if ('leaf' in part) return copyOverlap(output, from, part.leaf, place.start)
    if (part.node.data !== null) copyOverlap(output, from, part.node.data, place.start)
    const needed = childrenOf(part.node, place).filter(child => overlaps(child, from, from + output.length))
    for (let i = 0; i < needed.length; i += fetchedAtOnce) {
      await Promise.all(needed.slice(i, i + fetchedAtOnce).map(child => this.fill(output, from, child)))
    }
  }

  #part(cid: CID): Promise<Part> {
    return this.#parts.get(cid.toString(), () => this.#fetched(cid))
  }

  async #fetched(cid: CID): Promise<Part> {
    const walk = { root: this.#root, blocks: this.#blocks, maxBytes: Number.POSITIVE_INFINITY, spentBytes: 0 }
    const block = await checkedBlock(cid, walk)
    return cid.code === rawCodec ? { leaf: block } : { node: this.#sized(expectNode(block, this.#root)) }
  }

  #sized({ data, links, sizes }: FileNode): SizedNode {
    const sizeBytes = sizes?.reduce((sum, size) => sum + size, data?.length ?? 0)
    if (sizes === null || !Number.isSafeInteger(sizeBytes)) throw this.#wrongSizes()
    return { data, links, sizes, sizeBytes: Number(sizeBytes) }
  }

  #wrongSizes(): Error {
    return envelopeError('envelope/wrong-sizes', { cid: this.#root })
  }
}

function costOf(part: Part): number {
  return blockCost + ('leaf' in part ? part.leaf.length : part.node.links.length * linkBytes)
}

function childrenOf({ data, links, sizes }: SizedNode, { start, level }: Place): readonly Place[] {
  let next = start + (data?.length ?? 0)
  return links.map((cid, i) => {
    const sizeBytes = sizes[i] ?? 0
    next += sizeBytes
    return { cid, start: next - sizeBytes, sizeBytes, level: level + 1 }
  })
}

const overlaps = ({ start, sizeBytes }: Place, from: number, to: number): boolean =>
  start < to && start + sizeBytes > from

function copyOverlap(output: Uint8Array, from: number, block: Uint8Array, start: number): void {
  const first = Math.max(from, start)
  const end = Math.min(from + output.length, start + block.length)
  if (first < end) output.set(block.subarray(first - start, end - start), first - from)
}
