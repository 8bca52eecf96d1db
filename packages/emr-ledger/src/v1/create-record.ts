import type { DoctorKey } from './doctor-key.js'
import {
  checkHashLength,
  checkPrescription,
  computeTxid,
  type LedgerRecord,
  type Statement,
  signatureHash,
} from './record.js'

/**
 * Signs a prescription. The same key and statement give the same record (RFC 6979), with low s.
 * @throws ChartsealError `ledger/hash-length`, `ledger/prescription`, `ledger/number-range`, `key/wiped`
 */
export function createRecord(key: DoctorKey, statement: Statement): LedgerRecord {
  checkHashLength('patient hash', statement.patientHash)
  checkPrescription(statement.prescription)
  const unnamed = {
    doctorHash: key.doctorHash,
    patientHash: Uint8Array.from(statement.patientHash),
    doctorPublicKey: key.publicKey,
    prescription: statement.prescription,
    nonce: statement.nonce,
    signature: key.signDigest(signatureHash(statement)),
  }
  return { ...unnamed, txid: computeTxid(unnamed) }
}
