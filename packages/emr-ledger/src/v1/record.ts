/** A prescription signed by a doctor, and the hashes over it. */

import { requireBytes } from '@chartseal/core/arguments'
import { concat } from '@chartseal/core/bytes'
import { encodeUtf8 } from '@chartseal/core/encoding'
import { sha1 } from '@noble/hashes/legacy.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { ledgerError } from '../errors.js'
import { requireStatement, requireUnnamedRecord } from './fields.js'
import { u64 } from './numbers.js'

/** `seed`: what the seed's library accepts. `strict`: one key and one signature per statement. */
export type Profile = 'seed' | 'strict'

/** What a doctor signs. Note that it does not name the doctor: docs/errata.md, E7. */
export interface Statement {
  /** 20 bytes. */
  readonly patientHash: Uint8Array
  /** At most 200 bytes of UTF-8; in clear on the ledger. */
  readonly prescription: string
  /** u64; one more than the doctor's last one. */
  readonly nonce: bigint
}

export interface LedgerRecord extends Statement {
  /** SHA-1 of `doctorPublicKey`, 20 bytes. */
  readonly doctorHash: Uint8Array
  /** DER SubjectPublicKeyInfo. */
  readonly doctorPublicKey: Uint8Array
  /** DER ECDSA-Sig-Value. */
  readonly signature: Uint8Array
  /** 32 bytes. */
  readonly txid: Uint8Array
}

export const hashBytes = 20
export const maxPrescriptionBytes = 200

/** SHA-1 of a doctor's SubjectPublicKeyInfo, or of a patient's key bytes of any kind. */
export function hashKey(publicKey: Uint8Array): Uint8Array {
  requireBytes('publicKey', publicKey)
  return sha1(publicKey)
}

/**
 * The 32-byte digest that the doctor signs: SHA-256(patient hash ‖ prescription ‖ nonce u64 LE).
 * @throws ChartsealError `ledger/prescription`, `ledger/number-range`
 */
export function signatureHash(statement: Statement): Uint8Array {
  requireStatement(statement)
  return sha256(signedBytes(statement))
}

/** What `signatureHash` is the hash of. @throws as `signatureHash` */
export function signedBytes({ patientHash, prescription, nonce }: Statement): Uint8Array {
  return concat(patientHash, prescriptionBytes(prescription), u64('nonce', nonce))
}

/**
 * SHA-256(doctor hash ‖ patient hash ‖ public key ‖ prescription ‖ nonce u64 LE ‖ signature).
 * @throws ChartsealError `ledger/prescription`, `ledger/number-range`
 */
export function computeTxid(record: Omit<LedgerRecord, 'txid'>): Uint8Array {
  requireUnnamedRecord(record)
  return sha256(txidPreimage(record))
}

/** What the txid is the hash of. @throws as `computeTxid` */
export function txidPreimage(record: Omit<LedgerRecord, 'txid'>): Uint8Array {
  const { doctorHash, patientHash, doctorPublicKey, prescription, nonce, signature } = record
  const text = prescriptionBytes(prescription)
  return concat(doctorHash, patientHash, doctorPublicKey, text, u64('nonce', nonce), signature)
}

/** @throws ChartsealError `ledger/prescription` for text that UTF-8 cannot carry */
function prescriptionBytes(prescription: string): Uint8Array {
  if (!prescription.isWellFormed()) throw ledgerError('ledger/prescription', { reason: 'not Unicode text' })
  return encodeUtf8(prescription)
}

/** White space, control characters, and what fonts do not show; U+2800 is an empty pattern of braille. */
const blank = /^[\s\p{Cc}\p{Default_Ignorable_Code_Point}\u2800]*$/u

/** @throws ChartsealError `ledger/prescription` for a text in which there is nothing to read */
export function refuseBlank(prescription: string): void {
  if (blank.test(prescription)) throw ledgerError('ledger/prescription', { reason: 'blank' })
}

/** @throws ChartsealError `ledger/prescription` unless it is at most 200 bytes of UTF-8 */
export function checkPrescription(prescription: string): void {
  const sizeBytes = prescriptionBytes(prescription).length
  if (sizeBytes > maxPrescriptionBytes) {
    const reason = `${sizeBytes} bytes long, more than ${maxPrescriptionBytes}`
    throw ledgerError('ledger/prescription', { reason })
  }
}

/** @throws ChartsealError `ledger/hash-length` */
export function checkHashLength(field: string, hash: Uint8Array): void {
  if (hash.length !== hashBytes) {
    throw ledgerError('ledger/hash-length', { field, actualBytes: hash.length })
  }
}
