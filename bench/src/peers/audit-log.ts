/** Our log in a folder, with leaves that are the records themselves: sealing is measured elsewhere. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { equal } from '@chartseal/core/bytes'
import { SigningKey } from '@chartseal/core/ed25519'
import { systemClock, systemRandom } from '@chartseal/core/system'
import { decodeBundle, ed25519Signer, type LeafCodec, type LogWriter, openLogWriter } from '@chartseal/tlog'
import { fileStorage } from '@chartseal/tlog/fs'
import type { DurableAppends } from './batches.js'

const origin = 'bench.example/log'
const idBytes = 16

const codec: LeafCodec<Uint8Array> = {
  idOf: record => record.subarray(0, idBytes),
  encode: async record => record,
  idOfLeaf: leaf => leaf.subarray(0, idBytes),
  holds: async (leaf, _, record) => equal(leaf, record),
}

export function openAuditLog(folder: string): Promise<LogWriter<Uint8Array>> {
  const signer = ed25519Signer(origin, new SigningKey(new Uint8Array(32).fill(1)))
  const storage = fileStorage(folder)
  return openLogWriter({ storage, codec, origin, signer, clock: systemClock, random: systemRandom })
}

export async function auditLog(folder: string): Promise<DurableAppends> {
  const log = await openAuditLog(folder)
  return {
    append: record => log.append(record),
    records: async () => {
      await log.publish()
      return decodeBundle(await readFile(join(folder, `tile/entries/000.p/${log.size}`)))
    },
    close: () => log.close(),
  }
}
