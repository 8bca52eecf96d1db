import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { vectorFolder } from '@chartseal/testkit'
import { describe, expect, it } from 'vitest'
import { ask, type Reply } from './client.js'

type Case = Record<string, unknown>
type File = { readonly records: readonly Case[]; readonly cases: readonly Case[] }

const load = (name: string): File =>
  JSON.parse(readFileSync(join(vectorFolder('seeds'), `${name}.json`), 'utf8'))
const blocks = load('emr-blocks')

function caseOf(file: string, name: string): Case {
  const found = load(file).cases.find(testCase => testCase['name'] === name)
  if (found === undefined) throw new Error(`no case ${name}`)
  return found
}

/** A mined block of the vectors, with its records in place of their indexes. */
function mined(name: string): Case {
  const { record_indexes: indexes, ...block } = caseOf('emr-blocks', name)
  if (!Array.isArray(indexes)) throw new Error('no indexes')
  return { ...block, records: indexes.map(index => blocks.records[index]) }
}

describe('records over interop', () => {
  const seed = caseOf('emr-records', 'doctor0-1')
  const record = seed['record'] as Case

  it('are created, and verify under both profiles', async () => {
    const created = await ask({
      op: 'record-create',
      doctor_private_key_pem: seed['doctor_private_key_pem'],
      patient_hash: record['patient_hash'],
      prescription: record['prescription'],
      nonce: 2,
    })
    expect(created).toMatchObject({ ok: true, record: { dr_hash: record['dr_hash'], nonce: '2' } })
    for (const profile of ['seed', 'strict', undefined]) {
      const request = { op: 'record-verify', record: created['record'], previous_nonce: '1', profile }
      expect(await ask(request)).toEqual({ ok: true, verdict: 'accept' })
    }
  })

  it('of the seed: profile seed takes high s, strict does not', async () => {
    const request = { op: 'record-verify', record, previous_nonce: '1' }
    expect(await ask({ ...request, profile: 'seed' })).toEqual({ ok: true, verdict: 'accept' })
    expect(await ask({ ...request, profile: 'strict' })).toEqual({ ok: false, code: 'ledger/high-s' })
    expect(await ask({ ...request, profile: 'lax' })).toEqual({ ok: false, code: 'json/invalid' })
    expect(await ask({ ...request, profile: 'seed', previous_nonce: '2' })).toEqual({
      ok: false,
      code: 'ledger/nonce',
    })
  })

  it('have a txid and a signature hash', async () => {
    const { txid, ...unnamed } = record
    const answer = { ok: true, txid, signature_hash: seed['signature_hash'] }
    expect(await ask({ op: 'txid', record: unnamed })).toEqual(answer)
  })
})

describe('blocks over interop', () => {
  const verify = (block: Case, more: Case = {}): Promise<Reply> =>
    ask({ op: 'block-verify', block, difficulty: block['difficulty'], profile: 'seed', ...more })

  it('have an id, from txids as from records', async () => {
    const block = mined('mined-2-records-d1000')
    const answer = { ok: true, block_id: block['block_id'] }
    expect(await ask({ op: 'block-id', block })).toEqual(answer)
    const txids = (block['records'] as Case[]).map(record => record['txid'])
    const { records: _, ...short } = block
    expect(await ask({ op: 'block-id', block: { ...short, txids } })).toEqual(answer)
  })

  it('are verified, and move the nonces', async () => {
    const block = mined('mined-extra-1')
    const [doctor, other] = [blocks.records[0]?.['dr_hash'] as string, 'ff'.repeat(20)]
    const nonces = { [doctor]: '1', [other]: '7' }
    expect(await verify(block, { previous_nonces: nonces })).toEqual({
      ok: true,
      verdict: 'accept',
      nonces: { [doctor]: '4', [other]: '7' },
    })
    expect(await verify(block)).toEqual({ ok: false, code: 'ledger/block-record' })
    expect(await verify(block, { previous_nonces: nonces, difficulty: '1' })).toEqual({
      ok: false,
      code: 'ledger/other-difficulty',
    })
    const fresh = mined('mined-1-records-d1')
    expect(await verify(fresh)).toMatchObject({ ok: true, nonces: { [doctor]: '1' } })
  })

  it.each([undefined, 1, 2])('are mined with the lowest nonce (workers: %s)', async workers => {
    const { nonce, block_id, ...block } = mined('mined-25-records-d1000')
    expect(await ask({ op: 'block-mine', block, workers })).toEqual({ ok: true, nonce, block_id })
  })

  it('that should not be mined are refused', async () => {
    const refuse = async (block: Case, code: string): Promise<void> =>
      expect(await ask({ op: 'block-mine', block })).toEqual({ ok: false, code })
    const block = mined('mined-0-records-d1')
    await refuse(mined('mined-26-records-d1'), 'ledger/too-many-records')
    await refuse({ ...block, difficulty: '0' }, 'ledger/difficulty-range')
    await refuse({ ...block, previous: '00' }, 'ledger/field-length')
  })
})
