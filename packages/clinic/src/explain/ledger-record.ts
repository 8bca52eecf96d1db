import { encodeHex } from '@chartseal/core/encoding'
import { type LedgerRecord, recordFromJson, verifyRecord } from '@chartseal/emr-ledger/v1'
import { type Detector, explained, type Told } from './detector.js'

const shown = 200

/** A prescription of the ledger: it is in clear, and its signature is checked. */
export const ledgerRecord: Detector = ({ json }) => {
  const isRecord = json !== null && (json.has('dr_hash') || json.has('dr_public_key') || json.has('txid'))
  if (!isRecord) return null
  const notes = [
    'The prescription is in clear. Not checked: who the doctor is, and the nonces before this one.',
  ]
  const about = { kind: 'record of the ledger (prescription), version 1', notes }
  return explained(about, ['fields', () => recordFromJson(json)], tell)
}

function tell(record: LedgerRecord): Told {
  const { doctorHash, patientHash, prescription, nonce, txid } = record
  const cut = prescription.length > shown ? `${prescription.slice(0, shown)}…` : prescription
  const hashes = { doctor_hash: encodeHex(doctorHash), patient_hash: encodeHex(patientHash) }
  return {
    facts: { ...hashes, prescription: cut, nonce, txid: encodeHex(txid) },
    stages: [['hashes, key and signature', () => verifyRecord(record, nonce - 1n)]],
  }
}
