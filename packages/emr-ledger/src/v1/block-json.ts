/** A block as JSON: bytes in lower-case hex, integers as decimal text. */
import { decodeHex, encodeHex } from '@chartseal/core/encoding'
import type { JsonObject } from '@chartseal/core/json'
import type { Block, BlockDraft, HashedHeader } from './block.js'
import { type RecordJson, recordFromJson, recordToJson } from './record-json.js'

export type BlockJson = {
  readonly previous: string
  readonly height: string
  readonly miner: string
  readonly records: readonly RecordJson[]
  readonly timestamp: string
  readonly difficulty: string
  readonly nonce: string
  readonly block_id: string
}

export function blockToJson(block: Block): BlockJson {
  return {
    previous: encodeHex(block.previous),
    height: block.height.toString(),
    miner: encodeHex(block.miner),
    records: block.records.map(recordToJson),
    timestamp: block.timestamp.toString(),
    difficulty: block.difficulty.toString(),
    nonce: block.nonce.toString(),
    block_id: encodeHex(block.blockId),
  }
}

/** @throws ChartsealError `json/invalid` */
export function blockFromJson(json: JsonObject): Block {
  return { ...blockDraftFromJson(json), nonce: json.integer('nonce'), blockId: json.hex('block_id') }
}

/** A block without nonce and id; without `records` it is empty. @throws ChartsealError `json/invalid` */
function blockDraftFromJson(json: JsonObject): BlockDraft {
  const records = blockRecords(json).map(recordFromJson)
  return { ...headerFields(json), height: json.integer('height'), records }
}

/** What the id covers: `txids` where they are given, else those of the `records`. @throws ChartsealError `json/invalid`, `encoding/invalid` */
export function headerFromJson(json: JsonObject): HashedHeader {
  const txids = json.has('txids')
    ? json.texts('txids').map(decodeHex)
    : blockRecords(json).map(record => record.hex('txid'))
  return { ...headerFields(json), txids }
}

function blockRecords(json: JsonObject): readonly JsonObject[] {
  return json.has('records') ? json.objects('records') : []
}

function headerFields(json: JsonObject): Omit<HashedHeader, 'txids'> {
  return {
    previous: json.hex('previous'),
    miner: json.hex('miner'),
    timestamp: json.integer('timestamp'),
    difficulty: json.integer('difficulty'),
  }
}
