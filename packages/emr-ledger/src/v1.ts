/**
 * The Crypto EMR ledger, bit for bit. Byte tables and weaknesses: docs/spec/ledger-v1.md. In short:
 * prescriptions are in clear, the signed bytes do not name the doctor, ids are SHA-1, the block id has no
 * field boundaries and does not cover the height.
 */
export { type LedgerErrors, ledgerError } from './errors.js'
export { createRecord } from './v1/create-record.js'
export { DoctorKey } from './v1/doctor-key.js'
export {
  computeTxid,
  hashKey,
  type LedgerRecord,
  maxPrescriptionBytes,
  type Profile,
  type Statement,
  signatureHash,
} from './v1/record.js'
export { type RecordJson, recordFromJson, recordToJson, unnamedRecordFromJson } from './v1/record-json.js'
export { verifyRecord } from './v1/verify-record.js'
