/** Attacks on who prescribed. */
import { concat, equal } from '@chartseal/core/bytes'
import { derTag, encodeDer } from '@chartseal/core/der'
import { sha256 } from '@chartseal/core/hkdf'
import { signedBytesOf, verifyRecordSignatures } from '@chartseal/emr-ledger'
import {
  applyRecords,
  computeTxid,
  createRecord,
  DoctorKey,
  hashKey,
  type LedgerRecord,
  type Statement,
  signatureHash,
  verifyRecord,
} from '@chartseal/emr-ledger/v1'
import { secp256k1 } from '@noble/curves/secp256k1.js'
import type { Tools } from '../interop/operation.js'
import { type Attack, present, requireWorks, shown } from './attack.js'
import { doctorOf, prescription, rosterOf, signedBy, smallLedger, withSignature } from './ledger-people.js'

const height = 1n
/** Up to the point, in the 88 bytes of a key (RFC 5480): sequence, algorithm, bit string. */
const algorithmAt = 2
const pointAt = 23

const statementOf = ({ random }: Tools, nonce: bigint): Statement => ({
  patientHash: random.bytes(20),
  prescription: 'Morphine 10 mg, 60 tablets',
  nonce,
})

export const secondIdentity: Attack = {
  name: 'second-identity',
  title: 'A doctor whose number is used up becomes a new doctor with the same key',
  errata: ['E10'],
  against: 'package',
  refusal: 'ledger/not-a-member',
  breaks(tools, tell) {
    using doctor = DoctorKey.generate(tools.random)
    const first = createRecord(doctor, statementOf(tools, 1n))
    const again = withKey(first, compressed(doctor.publicKey))
    const state = applyRecords(applyRecords(new Map(), [first], 'seed'), [again], 'seed')
    tell('a prescription with the number 1 is on the ledger')
    tell(
      'the same one again, the key in its compressed spelling: another doctor hash, whose next number is 1',
    )
    return shown(state.size === 2, tell, 'both are valid: one statement, two prescriptions')
  },
  async prepare(tools, tell) {
    const ledger = smallLedger(tools)
    const { genesis, prescriber } = ledger
    const claims = prescription(ledger, prescriber.kid, 1n)
    verifyRecordSignatures(await signedBy(prescriber, claims), genesis.roster, height)
    tell('a prescription of version 2 verifies: its signer is the thumbprint of the one form of the key')
    tell('it is signed again for an id that is made of the compressed spelling')
    const id = sha256(secp256k1.Point.fromBytes(prescriber.publicKey).toBytes(true))
    const again = await signedBy(prescriber, prescription(ledger, id, 1n))
    return () => verifyRecordSignatures(again, genesis.roster, height)
  },
}

function withKey(record: LedgerRecord, doctorPublicKey: Uint8Array): LedgerRecord {
  const unnamed = { ...record, doctorPublicKey, doctorHash: hashKey(doctorPublicKey) }
  return { ...unnamed, txid: computeTxid(unnamed) }
}

/** The same key with a compressed point (SEC 1 2.3.3). */
function compressed(publicKey: Uint8Array): Uint8Array {
  const algorithm = publicKey.subarray(algorithmAt, pointAt - 3)
  const point = secp256k1.Point.fromBytes(publicKey.subarray(pointAt)).toBytes(true)
  return encodeDer(derTag.sequence, algorithm, encodeDer(derTag.bitString, Uint8Array.of(0), point))
}

/** The keys other than `own` that verify this signature of a digest (SEC 1 4.1.6); nobody knows their private keys. */
function otherKeys(
  signature: Uint8Array,
  format: 'der' | 'compact',
  digest: Uint8Array,
  own: Uint8Array,
): readonly Uint8Array[] {
  return [0, 1]
    .map(bit => secp256k1.Signature.fromBytes(signature, format).addRecoveryBit(bit))
    .map(one => one.recoverPublicKey(digest).toBytes(false))
    .filter(point => !equal(point, own))
}

export const secondSigner: Attack = {
  name: 'second-signer',
  title: 'From a signature, a second doctor is computed who signed it too',
  errata: ['E7'],
  against: 'package',
  refusal: 'ledger/signature',
  breaks(tools, tell) {
    using doctor = DoctorKey.generate(tools.random)
    const statement = statementOf(tools, 1n)
    const record = createRecord(doctor, statement)
    const own = doctor.publicKey.subarray(pointAt)
    const point = present(otherKeys(record.signature, 'der', signatureHash(statement), own)[0])
    const forged = withKey(record, concat(doctor.publicKey.subarray(0, pointAt), point))
    verifyRecord(forged, 0n)
    tell(
      'patient, text and number are signed, the doctor is not: the equation has a second key that solves it',
    )
    tell(
      'the same signature verifies for that key, whose private key nobody has: another doctor prescribed this',
    )
    return !equal(forged.doctorHash, record.doctorHash)
  },
  async prepare(tools, tell) {
    const ledger = smallLedger(tools)
    const { genesis, prescriber } = ledger
    const record = await signedBy(prescriber, prescription(ledger, prescriber.kid, 1n))
    verifyRecordSignatures(record, genesis.roster, height)
    const signed = present(record.signatures[0])
    const digest = sha256(signedBytesOf(record.claimsBytes))
    const [point] = otherKeys(signed.signature, 'compact', digest, prescriber.publicKey)
    const other = doctorOf(present(point))
    tell('a prescription of version 2 verifies; its signed bytes name ledger and signer')
    tell(
      'the second key is computed, a careless registrar even admits it, and the record is put under its name',
    )
    const roster = rosterOf([...genesis.roster.members, other])
    const forged = withSignature(prescription(ledger, other.kid, 1n), signed.signature)
    requireWorks(roster.members.length === 3, 'the key is admitted')
    return () => verifyRecordSignatures(forged, roster, height)
  },
}
