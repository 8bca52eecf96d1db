import { encodeHex } from '@chartseal/core/encoding'
import { JsonObject } from '@chartseal/core/json'
import {
  applyBlock,
  type Block,
  blockFromJson,
  blockToJson,
  computeBlockId,
  DoctorKey,
  headerFromJson,
  headerOf,
  type LedgerRecord,
  targetOf,
  verifyBlock,
} from '@chartseal/emr-ledger/v1'
import { codeOf } from '@chartseal/testkit'
import { describe, expect, it } from 'vitest'
import { mined, records, seedVectors } from './helpers.js'

const ada = DoctorKey.generate()
const ben = DoctorKey.generate()
const adaHash = encodeHex(ada.doctorHash)
const benHash = encodeHex(ben.doctorHash)

async function causeOf(attempt: () => unknown): Promise<unknown> {
  try {
    await attempt()
    return 'accepted'
  } catch (error) {
    return error instanceof Error && 'context' in error ? error.context : error
  }
}

describe('the state that a block leaves', () => {
  it('applies the records of several doctors in order (E1)', async () => {
    const [a1, a2, a3] = records(ada, 3) as [LedgerRecord, LedgerRecord, LedgerRecord]
    const [b1] = records(ben, 1, 7n) as [LedgerRecord]
    const before = new Map([[benHash, 7n]])
    const after = applyBlock(before, await mined({ records: [a1, b1, a2, a3] }))
    expect(after).toEqual(
      new Map([
        [adaHash, 3n],
        [benHash, 8n],
      ]),
    )
    expect(before).toEqual(new Map([[benHash, 7n]]))
  })

  it('counts the second record of a doctor from the first, and refuses a repeated one (E2)', async () => {
    const [a1] = records(ada, 1) as [LedgerRecord]
    const twice = await mined({ records: [a1, a1] })
    expect(await causeOf(() => applyBlock(new Map(), twice))).toMatchObject({
      index: 1,
      cause: 'ledger/nonce',
    })
  })

  it('sets no doctor back, and refuses a record of an older block (E3)', async () => {
    const [a1, a2] = records(ada, 2) as [LedgerRecord, LedgerRecord]
    const state = applyBlock(new Map([[benHash, 7n]]), await mined({ records: [a1, a2] }))
    expect(state.get(benHash)).toBe(7n)
    const replay = await mined({ records: [a1] })
    expect(await causeOf(() => applyBlock(state, replay))).toMatchObject({ index: 0, cause: 'ledger/nonce' })
  })

  it('starts an unknown doctor at 0', async () => {
    const [a2] = records(ada, 1, 1n) as [LedgerRecord]
    const early = await mined({ records: [a2] })
    expect(await codeOf(() => applyBlock(new Map(), early))).toBe('ledger/block-record')
  })

  it('accepts the records of an archive in a strict block when asked to', async () => {
    const file = seedVectors('emr-blocks')
    const index = file.objects('cases').findIndex(testCase => testCase.text('name') === 'mined-25-records-d1')
    const testCase = file.objects('cases')[index]
    if (testCase === undefined) throw new Error('the case is gone')
    const block: Block = blockFromJson(
      new JsonObject({
        ...Object.fromEntries(testCase.keys.map(key => [key, testCase.raw(key)])),
        records: file.list('records').slice(0, 25),
      }),
    )
    const [state] = applyBlock(new Map(), block, { recordProfile: 'seed' })
    expect(state?.[1]).toBe(25n)
    expect(await causeOf(() => applyBlock(new Map(), block))).toMatchObject({ cause: 'ledger/high-s' })
  })
})

describe('the block id', () => {
  it('gives a block of three records the id of an empty one, which only exact lengths refuse (E5)', async () => {
    const slid = tampered('slid-to-zero-records')
    verifyBlock(slid, { profile: 'seed' })
    expect(await codeOf(() => verifyBlock(slid))).toBe('ledger/field-length')
  })

  it('does not cover the height by the block id (E6)', async () => {
    const block = await mined()
    const elsewhere = { ...block, height: 99n }
    expect(computeBlockId(headerOf(elsewhere), block.nonce)).toEqual(block.blockId)
    verifyBlock(elsewhere)
  })

  it('reads a header from txids alone as well as from records', async () => {
    const block = await mined({ records: records(ada, 2) })
    const { records: full, ...rest } = blockToJson(block)
    const short = { ...rest, txids: full.map(record => record.txid) }
    expect(headerFromJson(new JsonObject(short))).toEqual(headerOf(block))
    expect(blockFromJson(new JsonObject(blockToJson(block)))).toEqual(block)
  })
})

describe('the target', () => {
  it('computes the target as 2^256 at difficulty 1, and as the floor elsewhere', () => {
    expect(targetOf(1n)).toBe(2n ** 256n)
    expect(targetOf(3n)).toBe((2n ** 256n - 1n) / 3n)
    expect(targetOf(2n ** 128n - 1n)).toBe(2n ** 128n + 1n)
  })

  it('refuses a target for other difficulties (E13)', async () => {
    for (const difficulty of [0n, -1n, 2n ** 128n]) {
      expect(await codeOf(() => targetOf(difficulty))).toBe('ledger/difficulty-range')
    }
  })
})

function tampered(name: string): Block {
  const found = seedVectors('emr-blocks-tampered')
    .objects('cases')
    .find(testCase => testCase.text('name') === name)
  if (found === undefined) throw new Error(`no case ${name}`)
  return blockFromJson(found)
}
