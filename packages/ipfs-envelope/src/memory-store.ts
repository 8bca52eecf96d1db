import { concat } from '@chartseal/core/bytes'
import type { BlobStore } from '@chartseal/core/ports'
import { isBlockOf, rawAddressing } from './cid/addressing.js'
import { parseCid } from './cid/parse.js'
import { envelopeError } from './errors.js'

/** All of a stream in one fresh array. */
export async function collect(content: Uint8Array | AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  if (content instanceof Uint8Array) return Uint8Array.from(content)
  const parts: Uint8Array[] = []
  for await (const part of content) parts.push(Uint8Array.from(part))
  return concat(...parts)
}

/**
 * A {@link BlobStore} in memory: each blob is one raw block, of any size, in `blocks` under its CID.
 * Bytes are copied on the way in and out.
 */
export function memoryBlobStore(blocks: Map<string, Uint8Array> = new Map()): BlobStore {
  return {
    async put(content) {
      const block = await collect(content)
      const cid = await rawAddressing.cidOf(block)
      blocks.set(cid, block)
      return cid
    },

    async *get(text) {
      const cid = parseCid(text)
      const stored = blocks.get(text)
      if (stored === undefined) throw envelopeError('envelope/blob-not-found', { cid: text })
      const block = Uint8Array.from(stored)
      if (!(await isBlockOf(cid, block)))
        throw envelopeError('envelope/cid-mismatch', { cid: text, reason: '' })
      yield block
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
