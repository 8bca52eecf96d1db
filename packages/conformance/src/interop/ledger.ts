import { coreError } from '@chartseal/core/errors'
import type { JsonObject } from '@chartseal/core/json'
import {
  applyBlock,
  blockFromJson,
  checkHeader,
  computeBlockId,
  computeTxid,
  legacyCreateRecord as createRecord,
  DoctorKey,
  type FoundNonce,
  findNonce,
  type HashedHeader,
  headerFromJson,
  Miner,
  type Profile,
  recordFromJson,
  recordToJson,
  signatureHash,
  unnamedRecordFromJson,
  verifyRecord,
} from '@chartseal/emr-ledger/v1'
import type { Operation, Operations } from './operation.js'

const recordCreate: Operation = request => {
  using key = DoctorKey.parse(request.text('doctor_private_key_pem'))
  const record = createRecord(key, {
    patientHash: request.hex('patient_hash'),
    prescription: request.text('prescription'),
    nonce: request.integer('nonce'),
  })
  return { record: recordToJson(record) }
}

const recordVerify: Operation = request => {
  const record = recordFromJson(request.object('record'))
  verifyRecord(record, request.integer('previous_nonce'), profileOf(request))
  return { verdict: 'accept' }
}

const txid: Operation = request => {
  const record = unnamedRecordFromJson(request.object('record'))
  return { txid: computeTxid(record), signature_hash: signatureHash(record) }
}

const blockId: Operation = request => {
  const block = request.object('block')
  return { block_id: computeBlockId(headerFromJson(block), block.integer('nonce')) }
}

const blockVerify: Operation = request => {
  const block = blockFromJson(request.object('block'))
  const state = applyBlock(noncesOf(request), block, {
    profile: profileOf(request),
    ...(request.has('difficulty') ? { expectedDifficulty: request.integer('difficulty') } : {}),
  })
  return { verdict: 'accept', nonces: Object.fromEntries(state) }
}

const blockMine: Operation = async request => {
  const header = headerFromJson(request.object('block'))
  checkHeader(header)
  const workers = request.has('workers') ? request.count('workers') : null
  const found = workers === null ? await findNonce(header) : await mineOn(workers, header)
  return { block_id: found.blockId, nonce: found.nonce }
}

async function mineOn(workers: number, header: HashedHeader): Promise<FoundNonce> {
  using miner = new Miner({ workers })
  return await miner.findNonce(header)
}

/** `strict` where the request names none. */
function profileOf(request: JsonObject): Profile {
  const profile = request.has('profile') ? request.text('profile') : 'strict'
  if (profile === 'seed' || profile === 'strict') return profile
  throw coreError('json/invalid', { path: '$.profile', expected: '"seed" or "strict"' })
}

/** Doctors who are not named stand at 0. */
function noncesOf(request: JsonObject): ReadonlyMap<string, bigint> {
  if (!request.has('previous_nonces')) return new Map()
  const nonces = request.object('previous_nonces')
  return new Map(nonces.keys.map(doctor => [doctor, nonces.integer(doctor)]))
}

export const ledgerOperations: Operations = {
  'record-create': recordCreate,
  'record-verify': recordVerify,
  txid,
  'block-id': blockId,
  'block-verify': blockVerify,
  'block-mine': blockMine,
}
