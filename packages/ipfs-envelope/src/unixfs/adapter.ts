import type { Blockstore } from 'interface-blockstore'
import { parseCid } from '../cid/parse.js'
import { eachCopied, joined } from '../memory-store.js'
import type { BlockStore } from '../stores/port.js'

/** A blockstore of the IPFS libraries as a {@link BlockStore}. */
export function blocksOf(blockstore: Blockstore): BlockStore {
  return {
    async get(cid) {
      try {
        return await joined(eachCopied(asStream(blockstore.get(parseCid(cid)))))
      } catch (error) {
        if (error instanceof Error && error.name === 'NotFoundError') return null
        throw error
      }
    },
    has: async cid => blockstore.has(parseCid(cid)),
    async put(cid, block) {
      await blockstore.put(parseCid(cid), block)
    },
    async delete(cid) {
      await blockstore.delete(parseCid(cid))
    },
  }
}

async function* asStream(
  parts: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  yield* parts
}
