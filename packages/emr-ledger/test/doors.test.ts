/** A field of another type is the caller's mistake: a TypeError that names it. */
import { memoryLog } from '@chartseal/core/memory'
import {
  applyBlock,
  applyRecords,
  checkHeader,
  computeBlockId,
  computeTxid,
  createRecord,
  DoctorKey,
  encodeBlock,
  findNonce,
  hashKey,
  headerOf,
  legacyCreateRecord,
  Miner,
  mineBlock,
  openChain,
  signatureHash,
  verifyBlock,
  verifyRecord,
} from '@chartseal/emr-ledger/v1'
import { describe, expect, it } from 'vitest'
import { mined, patientHash, records } from './helpers.js'

const key = DoctorKey.generate()
const [record] = records(key, 1)
const block = await mined({ records: records(key, 1) })
const header = headerOf(block)
const statement = { patientHash, prescription: 'Ibuprofen', nonce: 1n }
const chain = await openChain(memoryLog())
const miner = new Miner({ workers: 1, startWorker: () => null })

type Call = (given: never) => unknown
const takes: readonly [name: string, call: Call, good: object, fields: Readonly<Record<string, unknown>>][] =
  [
    [
      'createRecord',
      given => createRecord(key, given),
      statement,
      { patientHash: 'ab', prescription: 7, nonce: 1 },
    ],
    [
      'legacyCreateRecord',
      given => legacyCreateRecord(key, given),
      statement,
      { patientHash: [], nonce: '1' },
    ],
    [
      'signatureHash',
      given => signatureHash(given),
      statement,
      { patientHash: null, prescription: null, nonce: 1 },
    ],
    [
      'computeTxid',
      given => computeTxid(given),
      record ?? {},
      { doctorHash: 'ab', signature: 'ab', nonce: 1 },
    ],
    [
      'verifyRecord',
      given => verifyRecord(given, 0n),
      record ?? {},
      { txid: 'ab', doctorPublicKey: {}, nonce: 1 },
    ],
    [
      'applyRecords',
      given => applyRecords(new Map(), [given]),
      record ?? {},
      { txid: 'ab', prescription: {} },
    ],
    ['verifyBlock', given => verifyBlock(given), block, { blockId: 'ab', nonce: 1, height: 0, records: {} }],
    ['applyBlock', given => applyBlock(new Map(), given), block, { difficulty: 1, timestamp: 0 }],
    ['encodeBlock', given => encodeBlock(given), block, { previous: 'ab', miner: undefined, height: 0 }],
    [
      'mineBlock',
      given => mineBlock(given),
      block,
      { miner: 'ab', difficulty: 10, height: '0', records: 'none' },
    ],
    ['append', given => chain.append(given), block, { height: 0, nonce: 7, blockId: [], records: null }],
    ['checkHeader', given => checkHeader(given), header, { txids: {}, miner: 'ab' }],
    ['computeBlockId', given => computeBlockId(given, 0n), header, { txids: 'none', timestamp: 1 }],
    ['findNonce', given => findNonce(given), header, { previous: 'ab', difficulty: 10 }],
    ['Miner.findNonce', given => miner.findNonce(given), header, { previous: 'ab', timestamp: 10 }],
  ]
const cases = takes.flatMap(([name, call, good, fields]) =>
  Object.entries(fields).map(([field, value]) => ({ name, call, given: { ...good, [field]: value }, field })),
)

async function thrown(attempt: () => unknown): Promise<unknown> {
  try {
    return await attempt()
  } catch (error) {
    return error
  }
}

describe('the door', () => {
  it.each(cases)('of $name names the field $field', async ({ call, given, field }) => {
    const error = await thrown(() => Reflect.apply(call, null, [given]))
    expect(error).toBeInstanceOf(TypeError)
    expect(`${error}`).toContain(field)
  })

  it('names arguments that are not fields', async () => {
    const calls: readonly [string, () => unknown][] = [
      ['previousNonce', () => Reflect.apply(verifyRecord, null, [record, 0])],
      ['nonce', () => Reflect.apply(computeBlockId, null, [header, 5687])],
      ['pem', () => Reflect.apply(DoctorKey.parse, DoctorKey, [new Uint8Array(3)])],
      ['publicKey', () => Reflect.apply(hashKey, null, ['public key of the patient'])],
      ['doctorHash', () => Reflect.apply(chain.nonceOf, chain, ['7adda5e9'])],
      [
        'patientHash',
        () => Reflect.apply(chain.recordsOf, chain, ['7adda5e9'])[Symbol.asyncIterator]().next(),
      ],
      ['fromHeight', () => Reflect.apply(chain.blocks, chain, [2])[Symbol.asyncIterator]().next()],
    ]
    for (const [name, call] of calls) {
      const error = await thrown(call)
      expect(error).toBeInstanceOf(TypeError)
      expect(`${error}`).toContain(name)
    }
    await expect(chain.blocks(-1n)[Symbol.asyncIterator]().next()).rejects.toThrow(RangeError)
  })
})
