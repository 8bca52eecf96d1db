import { fromBigIntBE } from '@chartseal/core/bytes'
import { derTag, encodeDer } from '@chartseal/core/der'
import { memoryLog } from '@chartseal/core/memory'
import {
  applyBlock,
  type Block,
  computeBlockId,
  computeTxid,
  createRecord,
  DoctorKey,
  decodeBlock,
  findNonce,
  hashKey,
  headerOf,
  type LedgerRecord,
  ledgerError,
  Miner,
  maxNonce,
  mineBlock,
  openChain,
  signatureHash,
  verifyBlock,
  verifyLink,
  verifyRecord,
} from '@chartseal/emr-ledger/v1'
import { codesRaised } from '@chartseal/testkit'
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { describe, it } from 'vitest'
import { firstDraft, mined, patientHash, records } from './helpers.js'
import { fakeWorker } from './threads.js'

const expectCode = codesRaised(ledgerError)
const key = DoctorKey.generate()
const [record] = records(key, 1) as [LedgerRecord]
const statement = { patientHash, prescription: 'Rx', nonce: 1n }

/** The record with other fields, and the hashes put right again. */
function forged(change: Partial<LedgerRecord>): LedgerRecord {
  const changed = { ...record, ...change }
  const named = { ...changed, doctorHash: hashKey(changed.doctorPublicKey) }
  return { ...named, txid: computeTxid(named) }
}

const bothProfiles = async (code: string, bad: LedgerRecord, previous = 0n): Promise<void> => {
  await expectCode(code, () => verifyRecord(bad, previous, 'seed'))
  await expectCode(code, () => verifyRecord(bad, previous, 'strict'))
}

describe('records', () => {
  it('refuses hashes of another length', async () => {
    await bothProfiles('ledger/hash-length', { ...record, doctorHash: record.doctorHash.subarray(1) })
    await bothProfiles('ledger/hash-length', { ...record, patientHash: new Uint8Array(21) })
    await expectCode('ledger/hash-length', () =>
      createRecord(key, { ...statement, patientHash: new Uint8Array(5) }),
    )
  })

  it('refuses a key that is not the one of the doctor hash', async () => {
    await bothProfiles('ledger/wrong-doctor-key', {
      ...record,
      doctorPublicKey: DoctorKey.generate().publicKey,
    })
  })

  it('refuses prescriptions over 200 bytes of UTF-8, blank ones, and lone surrogates (E16)', async () => {
    createRecord(key, { ...statement, prescription: 'é'.repeat(100) })
    for (const prescription of ['x'.repeat(201), 'é'.repeat(101), '\ud800']) {
      await expectCode('ledger/prescription', () => createRecord(key, { ...statement, prescription }))
      await bothProfiles('ledger/prescription', { ...record, prescription })
    }
    await expectCode('ledger/prescription', () => createRecord(key, { ...statement, prescription: ' ' }))
    await expectCode('ledger/prescription', () => signatureHash({ ...statement, prescription: '\udc00' }))
  })

  it('refuses nonces that do not come next', async () => {
    for (const previous of [1n, 2n, maxNonce]) await bothProfiles('ledger/nonce', record, previous)
  })

  it('refuses nonces that are not of 64 bits (E14)', async () => {
    for (const nonce of [-1n, 2n ** 64n]) {
      await expectCode('ledger/number-range', () => createRecord(key, { ...statement, nonce }))
    }
    await bothProfiles('ledger/number-range', { ...record, nonce: 2n ** 64n }, maxNonce)
  })

  it('refuses another txid', async () => {
    await bothProfiles('ledger/txid', { ...record, txid: record.txid.subarray(1) })
    await bothProfiles('ledger/txid', { ...record, prescription: 'other' })
  })

  it('refuses signatures that are not DER, or of numbers out of range', async () => {
    const integers = (...values: readonly bigint[]): Uint8Array =>
      encodeDer(derTag.sequence, ...values.map(n => encodeDer(derTag.integer, fromBigIntBE(n, 33))))
    const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n
    const bad = [
      new Uint8Array(),
      record.signature.subarray(1),
      Uint8Array.of(...record.signature, 0),
      encodeDer(derTag.sequence, encodeDer(derTag.integer, Uint8Array.of(1))),
      encodeDer(derTag.sequence, ...[0, 0].map(n => encodeDer(derTag.integer, Uint8Array.of(n)))),
      encodeDer(derTag.sequence, ...[1, 1, 1].map(n => encodeDer(derTag.integer, Uint8Array.of(n)))),
      integers(order, 1n),
      integers(2n ** 255n, order),
    ]
    for (const signature of bad) await bothProfiles('ledger/signature', forged({ signature }))
  })

  it('refuses high s under the strict profile', async () => {
    const twin = forged({ signature: highS(record.signature) })
    verifyRecord(twin, 0n, 'seed')
    await expectCode('ledger/high-s', () => verifyRecord(twin, 0n, 'strict'))
  })
})

describe('public keys', () => {
  const { publicKey } = key
  const at = (index: number, value: number): Uint8Array => publicKey.map((b, i) => (i === index ? value : b))
  const spki = (algorithm: Uint8Array, bits: Uint8Array): Uint8Array =>
    encodeDer(derTag.sequence, algorithm, encodeDer(derTag.bitString, bits))
  const algorithm = publicKey.subarray(2, 20)
  const point = publicKey.subarray(22)

  it('refuses public keys of another kind', async () => {
    const bad = [
      new Uint8Array(),
      publicKey.subarray(0, 87),
      at(4, 0x05),
      spki(algorithm, Uint8Array.of(1, ...point.subarray(1))),
      spki(algorithm, Uint8Array.of(0)),
      spki(algorithm, Uint8Array.of(0, 4)),
      spki(encodeDer(derTag.sequence, algorithm.subarray(2, 11)), point),
      spki(encodeDer(derTag.sequence, algorithm.subarray(2), Uint8Array.of(5, 0)), point),
      spki(encodeDer(derTag.sequence, encodeDer(derTag.objectId, Uint8Array.of(42, 3)), algorithm), point),
      encodeDer(derTag.sequence, algorithm, encodeDer(derTag.bitString, point), Uint8Array.of(5, 0)),
    ]
    for (const doctorPublicKey of bad) {
      await expectCode('ledger/doctor-key', () => verifyRecord(forged({ doctorPublicKey }), 0n, 'seed'))
      await expectCode('ledger/doctor-key-form', () => verifyRecord(forged({ doctorPublicKey }), 0n))
    }
  })

  it('refuses public keys that are not on the curve', async () => {
    await bothProfiles('ledger/doctor-key', forged({ doctorPublicKey: at(87, (publicKey[87] ?? 0) ^ 1) }))
  })

  it('refuses public keys on unsupported curves, and in forms that strict does not accept', async () => {
    const doctorPublicKey = at(19, 0x09)
    await expectCode('ledger/unsupported-curve', () => verifyRecord(forged({ doctorPublicKey }), 0n, 'seed'))
    await expectCode('ledger/doctor-key-form', () => verifyRecord(forged({ doctorPublicKey }), 0n))
  })

  it('refuses a public key as a private one', async () => {
    const pem = key.toPem().replaceAll('PRIVATE', 'PUBLIC')
    await expectCode('ledger/private-key', () => DoctorKey.parse(pem))
  })
})

describe('blocks', () => {
  it('refuses blocks by the code of each check, also before mining', async () => {
    const block = await mined({ records: [record] })
    const changed = (change: Partial<Block>): Block => ({ ...block, ...change })
    const many = Array.from({ length: 26 }, () => record)
    const shortTxid = { ...record, txid: record.txid.subarray(1) }
    const bad: readonly [string, Partial<Block>][] = [
      ['ledger/difficulty-range', { difficulty: 0n }],
      ['ledger/difficulty-range', { difficulty: 2n ** 128n }],
      ['ledger/too-many-records', { records: many }],
      ['ledger/field-length', { previous: new Uint8Array(31) }],
      ['ledger/field-length', { miner: new Uint8Array(21) }],
      ['ledger/field-length', { records: [shortTxid] }],
      ['ledger/number-range', { height: 2n ** 64n }],
      ['ledger/number-range', { timestamp: -1n }],
    ]
    for (const [code, change] of bad) {
      await expectCode(code, () => verifyBlock(changed(change)))
      await expectCode(code, () => mineBlock(changed(change)))
    }
    await expectCode('ledger/block-id', () => verifyBlock(changed({ blockId: new Uint8Array(32) })))
    await expectCode('ledger/block-id', () => verifyBlock(changed({ nonce: block.nonce + 1n })))
    await expectCode('ledger/number-range', () => verifyBlock(changed({ nonce: 2n ** 64n })))
    await expectCode('ledger/other-difficulty', () => verifyBlock(block, { expectedDifficulty: 11n }))
    await expectCode('ledger/block-record', () => applyBlock(new Map([[hex(key), 1n]]), block))
  })

  it('refuses a block with several faults for the one that the profile checks first', async () => {
    const block = await mined({ records: [record] })
    const many = { ...block, records: Array.from({ length: 26 }, () => record) }
    const shortMiner = { ...block, miner: block.miner.subarray(1) }
    for (const bad of [many, shortMiner]) {
      await expectCode('ledger/block-id', () => verifyBlock(bad, { profile: 'seed' }))
    }
    await expectCode('ledger/too-many-records', () => verifyBlock(many))
    await expectCode('ledger/field-length', () => verifyBlock(shortMiner))
    const free = { ...block, difficulty: 0n }
    await expectCode('ledger/other-difficulty', () => verifyBlock(free, { expectedDifficulty: 1n }))
    await expectCode('ledger/block-id', () => verifyBlock(free, { profile: 'seed' }))
  })

  it('refuses too little work', async () => {
    const easy = await mined({ difficulty: 1n })
    const hard = { ...easy, difficulty: 2n ** 100n }
    const { blockId } = await mined({ difficulty: 1n })
    await expectCode('ledger/block-id', () => verifyBlock({ ...hard, blockId }))
    const id = computeBlockId(headerOf(hard), hard.nonce)
    await expectCode('ledger/work', () => verifyBlock({ ...hard, blockId: id }))
    await expectCode('ledger/work', () => verifyBlock({ ...hard, blockId: id }, { profile: 'seed' }))
  })

  it('refuses blocks that are not linked to the tip', async () => {
    const block = await mined()
    const tip = { height: 0n, blockId: block.blockId }
    await expectCode('ledger/height', () => verifyLink(tip, block))
    await expectCode('ledger/previous', () => verifyLink(tip, { ...block, height: 1n }))
    await expectCode('ledger/entry', () => decodeBlock(new Uint8Array(3)))
    await expectCode('ledger/chain', () => openChain(memoryLog([new Uint8Array(3)])))
  })

  it('reports ranges without a hit, deadlines, and workers that die', async () => {
    const header = headerOf(firstDraft({ difficulty: 2n ** 100n }))
    await expectCode('ledger/nonces-exhausted', () => findNonce(header, { last: 10n }))
    await expectCode('ledger/deadline', () => findNonce(header, { deadlineMs: 0 }))
    const worker = fakeWorker()
    const search = new Miner({ workers: 1, startWorker: () => worker }).findNonce(header)
    worker.die('gone')
    await expectCode('ledger/worker-failed', () => search)
  })
})

function hex(doctor: DoctorKey): string {
  return Buffer.from(doctor.doctorHash).toString('hex')
}

/** The other signature of the same statement: n - s. */
function highS(der: Uint8Array): Uint8Array {
  const signature = secp256k1.Signature.fromBytes(der, 'der')
  return new secp256k1.Signature(signature.r, secp256k1.Point.Fn.ORDER - signature.s).toBytes('der')
}
