import { readFileSync } from 'node:fs'
import { JsonObject } from '@chartseal/core/json'
import {
  computeTxid,
  createRecord,
  DoctorKey,
  type LedgerRecord,
  recordFromJson,
  recordToJson,
  verifyRecord,
} from '@chartseal/emr-ledger/v1'
import { codeOf } from '@chartseal/testkit'
import { describe, expect, it } from 'vitest'
import { patientHash, records, seedDoctor, seedVectors } from './helpers.js'

const curves = JsonObject.parse(readFileSync(new URL('./curves.json', import.meta.url), 'utf8'))

describe('curves and forms of keys that another library signed with', () => {
  const cases = curves.objects('cases').map(testCase => ({ name: testCase.text('name'), testCase }))
  it.each(cases)(
    'verifies or refuses under the profile of the seed as expected: $name',
    async ({ testCase }) => {
      const record = recordFromJson(testCase.object('record'))
      expect(await codeOf(() => verifyRecord(record, 0n, 'seed'))).toBe(
        testCase.text('seed_profile').replace(/^accept$/, 'accepted'),
      )
      expect(await codeOf(() => verifyRecord(record, 0n, 'strict'))).toBe('ledger/doctor-key-form')
    },
  )

  it('refuses a signature of another curve', async () => {
    const [p256, p384] = curves.objects('cases').map(testCase => recordFromJson(testCase.object('record')))
    if (p256 === undefined || p384 === undefined) throw new Error('two cases are needed')
    const mixed = withTxid({ ...p384, signature: p256.signature })
    expect(await codeOf(() => verifyRecord(mixed, 0n, 'seed'))).toBe('ledger/signature')
  })
})

describe('limits of the seed format', () => {
  it('accepts a second key, computed from the signature, for the same statement (E7)', () => {
    const found = tampered('key-substitution')
    const original = tampered('untouched')
    expect(found.signature).toEqual(original.signature)
    expect(found.doctorHash).not.toEqual(original.doctorHash)
    verifyRecord(found, found.nonce - 1n, 'strict')
  })

  it('gives the high-s form another txid, which only the profile of the seed accepts (E8)', async () => {
    const twin = tampered('signature-high-s')
    const original = tampered('untouched')
    expect(twin.txid).not.toEqual(original.txid)
    expect({ ...twin, txid: 0, signature: 0 }).toEqual({ ...original, txid: 0, signature: 0 })
    verifyRecord(twin, twin.nonce - 1n, 'seed')
    expect(await codeOf(() => verifyRecord(twin, twin.nonce - 1n))).toBe('ledger/high-s')
  })

  it('takes one key in two forms for two doctors; strict accepts one form (E10)', async () => {
    for (const name of ['compressed-spki', 'spki-trailing-bytes']) {
      const other = tampered(name)
      expect(other.doctorHash).not.toEqual(tampered('untouched').doctorHash)
      verifyRecord(other, other.nonce - 1n, 'seed')
      expect(await codeOf(() => verifyRecord(other, other.nonce - 1n))).toBe('ledger/doctor-key-form')
    }
  })

  it('refuses a changed signature with its txid put right as a signature (E12)', async () => {
    const [record] = records(seedDoctor(), 1)
    if (record === undefined) throw new Error('one record is needed')
    const signature = Uint8Array.from(record.signature)
    signature[10] = (signature[10] ?? 0) ^ 1
    expect(await codeOf(() => verifyRecord({ ...record, signature }, 0n))).toBe('ledger/txid')
    const repaired = withTxid({ ...record, signature })
    expect(await codeOf(() => verifyRecord(repaired, 0n))).toBe('ledger/signature')
  })
})

describe('a record', () => {
  it('makes the same record each time', () => {
    using key = seedDoctor()
    const statement = { patientHash, prescription: 'Ibuprofen 400 mg', nonce: 1n }
    expect(createRecord(key, statement)).toEqual(createRecord(key, statement))
  })

  it('keeps a copy of the patient hash', () => {
    using key = seedDoctor()
    const mutable = Uint8Array.from(patientHash)
    const record = createRecord(key, { patientHash: mutable, prescription: 'Rx', nonce: 1n })
    mutable.fill(0)
    verifyRecord(record, 0n)
  })

  it('reads a record back from JSON', () => {
    using key = DoctorKey.generate()
    const [record] = records(key, 1, 2n ** 64n - 2n)
    if (record === undefined) throw new Error('one record is needed')
    const text = JSON.stringify(recordToJson(record))
    expect(recordFromJson(JsonObject.parse(text))).toEqual(record)
  })
})

function tampered(name: string): LedgerRecord {
  const found = seedVectors('emr-records-tampered')
    .objects('cases')
    .find(testCase => testCase.text('name') === name)
  if (found === undefined) throw new Error(`no case ${name}`)
  return recordFromJson(found.object('record'))
}

function withTxid(record: LedgerRecord): LedgerRecord {
  return { ...record, txid: computeTxid(record) }
}
