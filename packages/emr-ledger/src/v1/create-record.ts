import type { DoctorKey } from './doctor-key.js'
import { requireStatement } from './fields.js'
import {
  checkHashLength,
  checkPrescription,
  computeTxid,
  type LedgerRecord,
  refuseBlank,
  type Statement,
  signatureHash,
} from './record.js'

/**
 * Signs a prescription. The same key and statement give the same record (RFC 6979), with low s. The text is
 * signed as it is, a byte order mark included; one that shows nothing is refused.
 * @throws ChartsealError `ledger/hash-length`, `ledger/prescription`, `ledger/number-range`, `key/wiped`
 * @throws TypeError for a field of another type
 */
export function createRecord(key: DoctorKey, statement: Statement): LedgerRecord {
  requireStatement(statement)
  refuseBlank(statement.prescription)
  return legacyCreateRecord(key, statement)
}

/**
 * As `createRecord`, and signs a blank prescription too, as the seed does: for its vectors.
 * @throws as `createRecord`
 */
export function legacyCreateRecord(key: DoctorKey, statement: Statement): LedgerRecord {
  requireStatement(statement)
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
