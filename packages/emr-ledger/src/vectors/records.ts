import type { JsonObject } from '@chartseal/core/json'
import { agree, type CaseRunner, NotApplicable } from '@chartseal/core/vectors'
import {
  computeTxid,
  DoctorKey,
  hashKey,
  type LedgerRecord,
  legacyCreateRecord,
  type Profile,
  recordFromJson,
  signatureHash,
  verifyRecord,
} from '../v1.js'
import { agreeOnReason, agreeOnVerdict, outcomeOf, strictVerdict } from './verdicts.js'

const seedCodes: Readonly<Record<string, readonly string[]>> = {
  'Hash is wrong length': ['ledger/hash-length'],
  'Invalid doctor public key': ['ledger/wrong-doctor-key'],
  'Invalid prescription': ['ledger/prescription'],
  'Invalid nonce': ['ledger/nonce'],
  'Invalid txid': ['ledger/txid'],
  'Invalid signature': ['ledger/signature', 'ledger/doctor-key', 'ledger/unsupported-curve'],
}

/** A record of the seed: its hashes, the seed's verdicts, and the same statement signed here. */
export const runRecord: CaseRunner = testCase => {
  const record = recordFromJson(testCase.object('record'))
  agree('txid', computeTxid(record), record.txid)
  if (testCase.has('signature_hash')) {
    agree('signature hash', signatureHash(record), testCase.hex('signature_hash'))
  }
  if (testCase.has('patient_hash_preimage')) {
    agree('patient hash', hashKey(testCase.hex('patient_hash_preimage')), record.patientHash)
  }
  for (const attempt of testCase.objects('verify')) judgeAttempt(testCase, record, attempt)
  if (testCase.has('doctor_private_key_pem')) signAgain(testCase, record)
}

/** The strict profile accepts what the seed accepts, with low s. */
function judgeAttempt(testCase: JsonObject, record: LedgerRecord, attempt: JsonObject): void {
  const previous = attempt.integer('previous_nonce')
  const verdict = attempt.text('seed_verdict')
  const seed = judge(record, previous, 'seed')
  agreeOnVerdict('profile seed', seed, verdict)
  agreeOnReason('profile seed', seed, attempt, seedCodes)
  if (!testCase.has('low_s')) return
  const strict = judge(record, previous, 'strict')
  if (verdict !== 'accept') agree('profile strict', strict, seed)
  else agree('profile strict', strict, testCase.boolean('low_s') ? 'accept' : 'ledger/high-s')
}

function signAgain(testCase: JsonObject, record: LedgerRecord): void {
  using key = DoctorKey.parse(testCase.text('doctor_private_key_pem'))
  const own = legacyCreateRecord(key, record)
  agree('public key', own.doctorPublicKey, record.doctorPublicKey)
  agree('doctor hash', own.doctorHash, record.doctorHash)
  for (const profile of ['seed', 'strict'] as const) {
    agree(`own record, profile ${profile}`, judge(own, own.nonce - 1n, profile), 'accept')
  }
}

/** `should` judges the strict profile, `seed_verdict` the seed's. */
export const runTamperedRecord: CaseRunner = testCase => {
  const record = recordFromJson(testCase.object('record'))
  const previous = testCase.integer('previous_nonce')
  agreeOnVerdict('profile strict', judge(record, previous, 'strict'), strictVerdict(testCase))
  const seed = judge(record, previous, 'seed')
  const verdict = testCase.text('seed_verdict')
  if (seed === 'ledger/unsupported-curve' && verdict === 'accept') {
    throw new NotApplicable('a curve that this build does not have')
  }
  agreeOnVerdict('profile seed', seed, verdict)
  agreeOnReason('profile seed', seed, testCase, seedCodes)
}

function judge(record: LedgerRecord, previousNonce: bigint, profile: Profile): string {
  return outcomeOf(() => verifyRecord(record, previousNonce, profile))
}
