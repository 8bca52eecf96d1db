/** Records and blocks of the ledger, and packages of records. */

import { encodeHex } from '@chartseal/core/encoding'
import {
  type Block,
  blockFromJson,
  type LedgerRecord,
  recordFromJson,
  verifyBlock,
  verifyRecord,
} from '@chartseal/emr-ledger/v1'
import { type Detector, explained, type Stage, type Told } from './detector.js'

const shown = 200

/** A prescription of the ledger: it is in clear, and its signature is checked. */
export const ledgerRecord: Detector = ({ json }) => {
  const isRecord = json !== null && (json.has('dr_hash') || json.has('dr_public_key') || json.has('txid'))
  if (!isRecord) return null
  const notes = [
    'The prescription is in clear. Not checked: who the doctor is, and the nonces before this one.',
  ]
  const about = { kind: 'record of the ledger (prescription), version 1', notes }
  return explained(about, ['fields', () => recordFromJson(json)], tellRecord)
}

function tellRecord(record: LedgerRecord): Told {
  const { doctorHash, patientHash, prescription, nonce, txid } = record
  const cut = prescription.length > shown ? `${prescription.slice(0, shown)}…` : prescription
  const hashes = { doctor_hash: encodeHex(doctorHash), patient_hash: encodeHex(patientHash) }
  return {
    facts: { ...hashes, prescription: cut, nonce, txid: encodeHex(txid) },
    stages: [['hashes, key and signature', () => verifyRecord(record, nonce - 1n)]],
  }
}

/** A block of the ledger. What comes before it is not known here. */
export const ledgerBlock: Detector = ({ json }) => {
  if (json === null || !json.has('previous')) return null
  if (!json.has('block_id') && !json.has('miner')) return null
  const notes = [
    'Not checked: what comes before it, whether its doctors are doctors, and the height, which no id covers.',
  ]
  return explained(
    { kind: 'block of the ledger, version 1', notes },
    ['fields', () => blockFromJson(json)],
    tellBlock,
  )
}

function tellBlock(block: Block): Told {
  const { height, previous, miner, records, timestamp, difficulty, blockId } = block
  const ids = { block_id: encodeHex(blockId), previous: encodeHex(previous), miner: encodeHex(miner) }
  return {
    facts: { height, ...ids, records: records.length, timestamp, difficulty },
    stages: [
      ['header, id and work', () => verifyBlock(block)],
      ...records.map((record, i): Stage => [`record ${i}`, () => verifyRecord(record, record.nonce - 1n)]),
    ],
  }
}
