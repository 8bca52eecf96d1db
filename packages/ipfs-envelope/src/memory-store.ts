import { concat } from '@chartseal/core/bytes'
import { isBlockOf, rawAddressing } from './cid/addressing.js'
import { parseCid } from './cid/parse.js'
import { envelopeError } from './errors.js'
import { requireOrder } from './require-order.js'
import type { RangedBlobStore } from './stores/port.js'

/** All of a stream in one array, which is the caller's when the parts are: what a `BlobStore` gives is. */
export async function joined(content: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  for await (const part of content) parts.push(part)
  const [only] = parts
  return parts.length === 1 && only !== undefined ? only : concat(...parts)
}

/** All of the content in one fresh array. */
async function copied(content: Uint8Array | AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  return content instanceof Uint8Array ? Uint8Array.from(content) : joined(eachCopied(content))
}

/** The giver of the parts may use their memory again. */
export async function* eachCopied(
  content: Uint8Array | AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  if (content instanceof Uint8Array) yield Uint8Array.from(content)
  else for await (const part of content) yield Uint8Array.from(part)
}

/**
 * A {@link BlobStore} in memory: each blob is one raw block, of any size, in `blocks` under its CID.
 * Bytes are copied on the way in and out.
 */
export function memoryBlobStore(blocks: Map<string, Uint8Array> = new Map()): RangedBlobStore {
  async function checked(text: string): Promise<Uint8Array> {
    const cid = parseCid(text)
    const stored = blocks.get(text)
    if (stored === undefined) throw envelopeError('envelope/blob-not-found', { cid: text })
    const block = Uint8Array.from(stored)
    if (!(await isBlockOf(cid, block)))
      throw envelopeError('envelope/cid-mismatch', { cid: text, reason: '' })
    return block
  }
  return {
    async put(content) {
      const block = await copied(content)
      const cid = await rawAddressing.cidOf(block)
      blocks.set(cid, block)
      return cid
    },

    async *get(text) {
      yield await checked(text)
    },

    async range(text) {
      const block = await checked(text)
      return {
        sizeBytes: block.length,
        async read(from, to) {
          requireOrder(from, to)
          return block.slice(from, to)
        },
      }
    },

    async has(text) {
      parseCid(text)
      return blocks.has(text)
    },

    async delete(text) {
      parseCid(text)
      blocks.delete(text)
    },
  }
}
