/** Checks of one record, in the order in which the seed makes them. */

import { requireBigint } from '@chartseal/core/arguments'
import { equal } from '@chartseal/core/bytes'
import { encodeHex } from '@chartseal/core/encoding'
import { ledgerError } from '../errors.js'
import { Newest } from '../node/newest.js'
import { isHighS, parseSignature, verifySignature } from './ecdsa.js'
import { requireRecord } from './fields.js'
import { type PublicKey, parseSeedPublicKey, parseStrictPublicKey } from './public-key.js'
import {
  checkHashLength,
  checkPrescription,
  computeTxid,
  hashKey,
  type LedgerRecord,
  type Profile,
  signedBytes,
} from './record.js'

/**
 * Returns when the record is valid after `previousNonce`, the doctor's last one (0 for a new doctor).
 * @throws ChartsealError `ledger/hash-length`, `ledger/wrong-doctor-key`, `ledger/prescription`,
 * `ledger/nonce`, `ledger/txid`, `ledger/doctor-key`, `ledger/unsupported-curve`,
 * `ledger/doctor-key-form`, `ledger/signature`, `ledger/high-s`, `ledger/number-range`
 */
export function verifyRecord(record: LedgerRecord, previousNonce: bigint, profile: Profile = 'strict'): void {
  requireRecord(record)
  requireBigint('previousNonce', previousNonce)
  verifyHashedRecord(record, previousNonce, profile, null)
}

/**
 * `verifyRecord` for a caller who may have hashed the record already.
 * @param computedTxid `null`: it is computed here
 * @throws as `verifyRecord`
 */
export function verifyHashedRecord(
  record: LedgerRecord,
  previousNonce: bigint,
  profile: Profile,
  computedTxid: Uint8Array | null,
): void {
  checkHashLength('doctor hash', record.doctorHash)
  checkHashLength('patient hash', record.patientHash)
  if (!equal(hashKey(record.doctorPublicKey), record.doctorHash)) {
    throw ledgerError('ledger/wrong-doctor-key', {})
  }
  checkPrescription(record.prescription)
  const expected = previousNonce + 1n
  if (record.nonce !== expected) throw ledgerError('ledger/nonce', { expected, actual: record.nonce })
  if (!equal(computedTxid ?? computeTxid(record), record.txid)) throw ledgerError('ledger/txid', {})
  checkSignature(record, profile)
}

function checkSignature(record: LedgerRecord, profile: Profile): void {
  const key = readKey(record.doctorPublicKey, profile)
  const signature = parseSignature(record.signature)
  if (signature === null || !verifySignature(key, signedBytes(record), signature)) {
    throw ledgerError('ledger/signature', {})
  }
  if (profile === 'strict' && isHighS(key, signature)) throw ledgerError('ledger/high-s', {})
}

const mostKeys = 256
/** Longer ones have bytes after their end. */
const mostKeyBytes = 256
/** Read lately: a chain names its doctors again and again, and reading a key takes as long as verifying with it. */
const keys = new Newest<PublicKey>(mostKeys)

function readKey(der: Uint8Array, profile: Profile): PublicKey {
  const read = profile === 'strict' ? parseStrictPublicKey : parseSeedPublicKey
  if (der.length > mostKeyBytes) return read(der)
  const name = `${profile} ${encodeHex(der)}`
  const known = keys.get(name)
  if (known !== undefined) return known
  const key = read(der)
  keys.set(name, key)
  return key
}
