import { decodeHex, encodeHex } from '@chartseal/core/encoding'
import { JsonObject } from '@chartseal/core/json'
import { agree, type CaseRunner, Disagreement, type VectorContext } from '@chartseal/core/vectors'
import {
  applyBlock,
  type Block,
  computeBlockId,
  findNonce,
  headerFromJson,
  headerOf,
  type LedgerRecord,
  recordFromJson,
  targetOf,
  type VerifyOptions,
  verifyRecord,
} from '../v1.js'
import { agreeOnReason, agreeOnVerdict, outcomeOf, strictVerdict } from './verdicts.js'

const seedCodes: Readonly<Record<string, readonly string[]>> = {
  'Block difficulty does not match expected difficulty': ['ledger/other-difficulty'],
  'Block ID is incorrect': ['ledger/block-id'],
  'Block contains more than 25 records': ['ledger/too-many-records'],
  'Miner field is not 20 bytes long': ['ledger/field-length'],
  'Block ID does not meet the difficulty requirement': ['ledger/work'],
}

/** The id of chosen fields, without mining. */
export const runBlockId: CaseRunner = (testCase, context) => {
  const header = { ...headerFromJson(testCase), txids: txidsOf(testCase, context) }
  agree('block id', computeBlockId(header, testCase.integer('nonce')), testCase.hex('block_id'))
}

/** A block that the seed mined: id, target, first satisfying nonce, verdicts. */
export const runBlock: CaseRunner = async (testCase, context) => {
  const block = blockOf(testCase, context)
  const header = headerOf(block)
  if (testCase.has('target')) {
    agree('target', targetOf(block.difficulty), BigInt(`0x${testCase.text('target')}`))
  }
  if (testCase.has('first_satisfying_nonce')) {
    const first = testCase.integer('first_satisfying_nonce')
    const found = await findNonce(header, { engine: context.engine })
    agree('first satisfying nonce', found.nonce, first)
    if (first === block.nonce) agree('block id', found.blockId, block.blockId)
  }
  judge(testCase, block)
}

/** An edited block: `should` judges strict blocks, `seed_verdict` the seed's profile. */
export const runTamperedBlock: CaseRunner = (testCase, context) => {
  judge(testCase, blockOf(testCase, context))
}

function judge(testCase: JsonObject, block: Block): void {
  const expected = testCase.has('expected_difficulty')
    ? { expectedDifficulty: testCase.integer('expected_difficulty') }
    : {}
  const should = strictVerdict(testCase)
  const archive = outcome(block, { ...expected, profile: 'strict', recordProfile: 'seed' })
  agreeOnVerdict('strict block, records of the seed', archive, should)
  const strict = should === null || block.records.every(isStrict) ? should : 'reject'
  agreeOnVerdict('profile strict', outcome(block, { ...expected, profile: 'strict' }), strict)
  if (seedCrashed(testCase, block)) return
  const seed = outcome(block, { ...expected, profile: 'seed' })
  agreeOnVerdict('profile seed', seed, testCase.text('seed_verdict'))
  agreeOnReason('profile seed', seed, testCase, seedCodes)
}

/** The records may begin anywhere in a doctor's sequence: each doctor starts right before their first one. */
function outcome(block: Block, options: VerifyOptions): string {
  const state = new Map<string, bigint>()
  for (const { doctorHash, nonce } of [...block.records].reverse()) {
    state.set(encodeHex(doctorHash), nonce - 1n)
  }
  return outcomeOf(() => applyBlock(state, block, options))
}

function isStrict(record: LedgerRecord): boolean {
  return outcomeOf(() => verifyRecord(record, record.nonce - 1n, 'strict')) === 'accept'
}

/** The seed's verifier crashes at any record that it reaches: a crash is not a verdict. */
function seedCrashed(testCase: JsonObject, block: Block): boolean {
  return block.records.length > 0 && testCase.has('seed_error') && testCase.text('seed_error') !== 'Exception'
}

function blockOf(testCase: JsonObject, context: VectorContext): Block {
  return {
    ...headerFromJson(testCase),
    height: testCase.integer('height'),
    records: recordsOf(testCase, context),
    nonce: testCase.integer('nonce'),
    blockId: testCase.hex('block_id'),
  }
}

function recordsOf(testCase: JsonObject, context: VectorContext): readonly LedgerRecord[] {
  if (testCase.has('records')) return testCase.objects('records').map(recordFromJson)
  return picked(testCase, () => recordFile(context).list('records')).map((value, i) =>
    recordFromJson(new JsonObject(value, `$.records[${i}]`)),
  )
}

function txidsOf(testCase: JsonObject, context: VectorContext): readonly Uint8Array[] {
  if (!context.file.has('txids')) return recordsOf(testCase, context).map(record => record.txid)
  return picked(testCase, () => context.file.texts('txids')).map(decodeHex)
}

function recordFile(context: VectorContext): JsonObject {
  return context.file.has('records') ? context.file : context.sibling('emr-blocks')
}

/** The elements that `record_indexes` names; the list is fetched only when it names any. */
function picked<Item>(testCase: JsonObject, list: () => readonly Item[]): readonly Item[] {
  const indexes = testCase.has('record_indexes') ? testCase.integers('record_indexes') : []
  if (indexes.length === 0) return []
  const items = list()
  return indexes.map(index => {
    const item = items[Number(index)]
    if (item === undefined) throw new Disagreement(`there is no record ${index}`)
    return item
  })
}
