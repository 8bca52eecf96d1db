import { readFileSync } from 'node:fs'
import { defaultEngine } from '@chartseal/core/engine'
import { JsonObject } from '@chartseal/core/json'
import { computeTxid, hashKey, recordFromJson, recordToJson } from '@chartseal/emr-ledger/v1'
import { runners } from '@chartseal/emr-ledger/vectors'
import { describe, expect, it } from 'vitest'
import { seedVectors } from './helpers.js'

type Fields = Readonly<Record<string, unknown>>

const fieldsOf = (json: JsonObject): Fields => Object.fromEntries(json.keys.map(key => [key, json.raw(key)]))

/** `agrees`, or the name of what the runner throws. */
async function outcome(
  file: string,
  testCase: Fields,
  whole: Fields = fieldsOf(seedVectors(file)),
): Promise<string> {
  const run = runners[file]
  if (run === undefined) throw new Error(`no runner for ${file}`)
  const context = { file: new JsonObject(whole), sibling: seedVectors, engine: defaultEngine() }
  try {
    await run(new JsonObject(testCase), context)
    return 'agrees'
  } catch (error) {
    return error instanceof Error ? error.name : 'thrown'
  }
}

function caseOf(file: string, name: string): Fields {
  const found = seedVectors(file)
    .objects('cases')
    .find(testCase => testCase.text('name') === name)
  if (found === undefined) throw new Error(`no case ${name}`)
  return fieldsOf(found)
}

/** Fields that, once changed, must make the runner disagree. */
const changes: readonly [string, string, Fields][] = [
  ['emr-records', 'doctor0-0', { signature_hash: '00' }],
  ['emr-records', 'doctor0-0', { patient_hash_preimage: '00' }],
  ['emr-records', 'doctor0-0', { low_s: false }],
  ['emr-records', 'doctor0-1', { low_s: true }],
  ['emr-records', 'doctor0-0', { verify: [{ previous_nonce: '1', seed_verdict: 'accept' }] }],
  ['emr-records', 'doctor0-0', { verify: [{ previous_nonce: '0', seed_verdict: 'reject' }] }],
  [
    'emr-records',
    'doctor0-0',
    { doctor_private_key_pem: caseOf('emr-records', 'doctor1-0')['doctor_private_key_pem'] },
  ],
  ['emr-records-tampered', 'untouched', { should: 'reject' }],
  ['emr-records-tampered', 'untouched', { should: 'acceptable' }],
  ['emr-records-tampered', 'untouched', { seed_verdict: 'reject' }],
  ['emr-records-tampered', 'gap', { seed_message: 'Invalid txid' }],
  ['emr-records-tampered', 'signature-high-s', { should: 'accept when it is old, reject else' }],
  ['emr-records-tampered', 'key-substitution', { should: 'reject (if only one could)' }],
  ['emr-blocks', 'mined-0-records-d1000', { target: '01' }],
  ['emr-blocks', 'mined-0-records-d1000', { first_satisfying_nonce: '176' }],
  ['emr-blocks', 'mined-0-records-d1000', { block_id: '00' }],
  ['emr-blocks', 'mined-2-records-d1', { should: 'reject' }],
  ['emr-blocks', 'mined-26-records-d1', { should: 'accept' }],
  ['emr-blocks', 'mined-2-records-d1', { record_indexes: [0, 99] }],
  ['emr-blocks-tampered', 'untouched', { expected_difficulty: '999' }],
  ['emr-blocks-tampered', 'slid-to-zero-records', { seed_verdict: 'reject' }],
  ['emr-blocks-tampered', 'slid-to-zero-records', { should: 'accept' }],
  ['emr-blocks-tampered', 'id-bit', { seed_message: 'Block contains more than 25 records' }],
  ['emr-block-ids', 'records-5', { block_id: '00' }],
  ['emr-block-ids', 'records-5', { record_indexes: [0] }],
]

describe('a vector that is wrong', () => {
  it.each(changes)('notices a wrong vector: %s, %s, %o', async (file, name, change) => {
    expect(await outcome(file, caseOf(file, name))).toBe('agrees')
    expect(await outcome(file, { ...caseOf(file, name), ...change })).toBe('Disagreement')
  })
})

describe('vectors of the same shape', () => {
  it('runs vectors that lack what is not needed', async () => {
    const { doctor_private_key_pem, signature_hash, patient_hash_preimage, low_s, ...record } = caseOf(
      'emr-records',
      'doctor0-0',
    )
    expect(await outcome('emr-records', record)).toBe('agrees')
    const { target, first_satisfying_nonce, record_indexes, ...block } = caseOf(
      'emr-blocks',
      'mined-0-records-d1',
    )
    expect(await outcome('emr-blocks', block)).toBe('agrees')
  })

  it('accepts an open strict verdict, and other words for it', async () => {
    const { should: _, ...high } = caseOf('emr-records-tampered', 'signature-high-s')
    for (const should of [undefined, 'implementation choice', 'Reject: high s']) {
      expect(await outcome('emr-records-tampered', { ...high, should })).toBe('agrees')
    }
    const slid = caseOf('emr-blocks-tampered', 'slid-to-zero-records')
    expect(await outcome('emr-blocks-tampered', { ...slid, should: undefined })).toBe('agrees')
    expect(await outcome('emr-records-tampered', { ...high, seed_verdict: 'reject' })).toBe('Disagreement')
  })

  it('accepts an invalid signature as the reason for a key that cannot be read, as the seed does', async () => {
    const other = caseOf('emr-records-tampered', 'signature-garbage-txid-fixed')
    const record = recordFromJson(new JsonObject(other['record']))
    const doctorPublicKey = record.doctorPublicKey.subarray(1)
    const unreadable = { ...record, doctorPublicKey, doctorHash: hashKey(doctorPublicKey) }
    const named = recordToJson({ ...unreadable, txid: computeTxid(unreadable) })
    expect(await outcome('emr-records-tampered', { ...other, record: named })).toBe('agrees')
    const wrong = { ...other, record: named, seed_message: 'Invalid txid' }
    expect(await outcome('emr-records-tampered', wrong)).toBe('Disagreement')
  })

  it('finds records in the case, or in the other file', async () => {
    const records = seedVectors('emr-blocks').list('records').slice(0, 2)
    const { record_indexes, ...block } = caseOf('emr-blocks', 'mined-2-records-d1000')
    expect(await outcome('emr-blocks', { ...block, records })).toBe('agrees')
    expect(await outcome('emr-block-ids', caseOf('emr-block-ids', 'records-5'), { cases: [] })).toBe('agrees')
  })

  it('agrees that a repeated record in a block is refused', async () => {
    const indexes = { record_indexes: [0, 0], should: 'reject' }
    const block: Record<string, unknown> = { ...caseOf('emr-blocks', 'mined-2-records-d1'), ...indexes }
    const { first_satisfying_nonce, ...tampered } = block
    expect(await outcome('emr-blocks', tampered)).toBe('agrees')
  })

  it('calls cases on an unsupported curve not applicable, once strict mode has refused them', async () => {
    const curves = JsonObject.parse(readFileSync(new URL('./curves.json', import.meta.url), 'utf8'))
    const brainpool = curves.objects('cases').find(testCase => testCase.text('name') === 'brainpoolP256r1')
    if (brainpool === undefined) throw new Error('the case is gone')
    const testCase = { ...fieldsOf(brainpool), previous_nonce: '0', seed_verdict: 'accept', should: 'reject' }
    expect(await outcome('emr-records-tampered', testCase)).toBe('NotApplicable')
    expect(await outcome('emr-records-tampered', { ...testCase, should: 'accept' })).toBe('Disagreement')
    const refused = { ...testCase, seed_verdict: 'reject', seed_message: 'Invalid signature' }
    expect(await outcome('emr-records-tampered', refused)).toBe('agrees')
  })
})
