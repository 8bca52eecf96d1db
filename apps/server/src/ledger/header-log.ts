/** The log of headers that a sequencer keeps: leaf i is the header of height i, under a checkpoint that it signs. */
import { equal } from '@chartseal/core/bytes'
import type { Clock, Random } from '@chartseal/core/ports'
import { decodeHeader } from '@chartseal/emr-ledger'
import {
  ed25519Signer,
  formatProof,
  inclusionProof,
  type LeafCodec,
  openLogWriter,
  parseVerifierKey,
  readLeaves,
  verifyCheckpoint,
} from '@chartseal/tlog'
import { fileStorage, folderSource } from '@chartseal/tlog/fs'
import type { LedgerKey } from './keys.js'

export interface HeaderLogOptions {
  /** Absolute. */
  readonly folder: string
  readonly origin: string
  readonly key: LedgerKey
  readonly clock: Clock
  readonly random: Random
}

export interface HeaderLog {
  /** How many headers are durable. */
  readonly size: number
  append(header: Uint8Array): Promise<void>
  /** The newest header under the published checkpoint, as C2SP tlog-proof; `null` while there is none. */
  prove(): Promise<string | null>
  close(): Promise<void>
}

const idBytes = 16

/** Headers as they are; the same header again is the same leaf. */
const headerCodec: LeafCodec<Uint8Array> = {
  idOf: header => decodeHeader(header).id.slice(0, idBytes),
  encode: async header => Uint8Array.from(header),
  idOfLeaf: leaf => decodeHeader(leaf).id.slice(0, idBytes),
  holds: async (leaf, _seq, header) => equal(leaf, header),
}

/** @throws ChartsealError `log/…`, `files/…` */
export async function openHeaderLog({
  folder,
  origin,
  key,
  clock,
  random,
}: HeaderLogOptions): Promise<HeaderLog> {
  const signer = ed25519Signer(origin, key)
  const storage = fileStorage(folder, { random })
  const writer = await openLogWriter({ storage, codec: headerCodec, origin, signer, clock, random })
  const source = folderSource(folder)
  const trust = { log: parseVerifierKey(signer.verifierKey) }
  let proven: { readonly size: number; readonly proof: string } | null = null
  return {
    get size() {
      return writer.size
    },
    async append(header) {
      await writer.append(header)
    },
    async prove() {
      if (writer.size === 0) return null
      const checkpoint = await writer.publish()
      const head = verifyCheckpoint(checkpoint, trust)
      if (head.size === 0) return null
      if (proven?.size === head.size) return proven.proof
      const index = head.size - 1
      const hashes = await inclusionProof(source, index, head)
      for await (const extra of readLeaves(source, index, head.size, head)) {
        proven = { size: head.size, proof: formatProof({ extra, index, hashes, checkpoint }) }
      }
      return proven?.proof ?? null
    },
    close: () => writer.close(),
  }
}
