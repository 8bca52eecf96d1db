/** The log of headers on a log of `@chartseal/tlog`, wherever that keeps its files. */
import { equal } from '@chartseal/core/bytes'
import {
  formatProof,
  inclusionProof,
  type LeafCodec,
  type LogWriter,
  parseCheckpoint,
  parseNote,
  readLeaves,
  type TileSource,
} from '@chartseal/tlog'
import { decodeHeader } from '../header.js'
import type { HeaderLog } from './tlog-keeper.js'

const requestIdBytes = 16

/** A leaf is the 244 bytes of a header, as they are; a header that is appended again is the same leaf. */
export const headerLeaves: LeafCodec<Uint8Array> = {
  idOf: header => decodeHeader(header).id.slice(0, requestIdBytes),
  encode: async header => Uint8Array.from(header),
  idOfLeaf: leaf => decodeHeader(leaf).id.slice(0, requestIdBytes),
  holds: async (leaf, _seq, header) => equal(leaf, header),
}

/** @param writer opened with {@link headerLeaves}; with a policy, so that a checkpoint is cosigned before it is published */
export function headerLog(writer: LogWriter<Uint8Array>, files: TileSource): HeaderLog {
  return {
    get size() {
      return writer.size
    },
    async append(leaf) {
      await writer.append(leaf)
    },
    async prove(isRenewed = false) {
      const checkpoint = await published(writer, isRenewed)
      if (checkpoint === null) return null
      const { size, root } = parseCheckpoint(parseNote(checkpoint).text)
      if (size === 0) return null
      const [index, head] = [size - 1, { size, root }]
      const hashes = await inclusionProof(files, index, head)
      for await (const extra of readLeaves(files, index, size, head))
        return formatProof({ extra, index, hashes, checkpoint })
      return null
    },
  }
}

/** Where witnesses are away, the checkpoint that they cosigned last; `null` where it was to be a new one. */
async function published(writer: LogWriter<Uint8Array>, isRenewed: boolean): Promise<string | null> {
  try {
    return await (isRenewed ? writer.renew() : writer.publish())
  } catch (error) {
    if (error !== writer.witnessError) throw error
    return isRenewed ? null : writer.checkpoint
  }
}
