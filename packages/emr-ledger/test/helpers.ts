import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { JsonObject } from '@chartseal/core/json'
import {
  type Block,
  type BlockDraft,
  createRecord,
  DoctorKey,
  hashKey,
  type LedgerRecord,
  mineBlock,
} from '@chartseal/emr-ledger/v1'
import { vectorFolder } from '@chartseal/testkit'

/** One of the two doctors of the seed's vectors. */
export function seedDoctor(): DoctorKey {
  return DoctorKey.parse(seedVectors('emr-blocks').text('doctor_private_key_pem'))
}

export function seedVectors(name: string): JsonObject {
  return JsonObject.parse(readFileSync(join(vectorFolder('seeds'), `${name}.json`), 'utf8'))
}

export const patientHash: Uint8Array = hashKey(new TextEncoder().encode('patient key'))
export const miner: Uint8Array = new Uint8Array(20).fill(7)

/** Records of one doctor with the nonces that come after `previousNonce`. */
export function records(key: DoctorKey, count: number, previousNonce = 0n): LedgerRecord[] {
  return Array.from({ length: count }, (_, i) =>
    createRecord(key, { patientHash, prescription: `Rx ${i}`, nonce: previousNonce + BigInt(i) + 1n }),
  )
}

export function firstDraft(content: Partial<BlockDraft> = {}): BlockDraft {
  const previous = new Uint8Array(32)
  return { previous, height: 0n, miner, records: [], timestamp: 1_711_213_303n, difficulty: 10n, ...content }
}

export async function mined(content: Partial<BlockDraft> = {}): Promise<Block> {
  return (await mineBlock(firstDraft(content))).block
}

export async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = []
  for await (const item of items) all.push(item)
  return all
}
