/** A record as JSON: bytes in lower-case hex, the nonce as decimal text. */
import { encodeHex } from '@chartseal/core/encoding'
import type { JsonObject } from '@chartseal/core/json'
import type { LedgerRecord } from './record.js'

export type RecordJson = {
  readonly dr_hash: string
  readonly patient_hash: string
  readonly dr_public_key: string
  readonly prescription: string
  readonly nonce: string
  readonly signature: string
  readonly txid: string
}

export function recordToJson(record: LedgerRecord): RecordJson {
  return {
    dr_hash: encodeHex(record.doctorHash),
    patient_hash: encodeHex(record.patientHash),
    dr_public_key: encodeHex(record.doctorPublicKey),
    prescription: record.prescription,
    nonce: record.nonce.toString(),
    signature: encodeHex(record.signature),
    txid: encodeHex(record.txid),
  }
}

/** Reads the fields; lengths and signature are `verifyRecord`'s. @throws ChartsealError `json/invalid` */
export function recordFromJson(json: JsonObject): LedgerRecord {
  return { ...unnamedRecordFromJson(json), txid: json.hex('txid') }
}

/** The same without `txid`, for callers that compute it. @throws ChartsealError `json/invalid` */
export function unnamedRecordFromJson(json: JsonObject): Omit<LedgerRecord, 'txid'> {
  return {
    doctorHash: json.hex('dr_hash'),
    patientHash: json.hex('patient_hash'),
    doctorPublicKey: json.hex('dr_public_key'),
    prescription: json.text('prescription'),
    nonce: json.integer('nonce'),
    signature: json.hex('signature'),
  }
}
