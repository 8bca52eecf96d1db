import { encodeHex } from '@chartseal/core/encoding'
import { JsonObject } from '@chartseal/core/json'
import {
  applyBlock,
  blockFromJson,
  blockToJson,
  computeBlockId,
  DoctorKey,
  decodeBlock,
  encodeBlock,
  headerOf,
  legacyCreateRecord,
  maxNonce,
  recordFromJson,
  recordToJson,
  type Statement,
  verifyRecord,
} from '@chartseal/emr-ledger/v1'
import { anyText, codeOf, propertyRuns } from '@chartseal/testkit'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { mined, records } from './helpers.js'

const doctors = [DoctorKey.generate(), DoctorKey.generate()] as const

const statements: fc.Arbitrary<Statement> = fc.record({
  patientHash: fc.uint8Array({ minLength: 20, maxLength: 20 }),
  prescription: anyText({ maxLength: 50 }),
  nonce: fc.bigInt(1n, maxNonce),
})

describe('records', () => {
  it('creates records that verify under both profiles, and survive JSON', () => {
    fc.assert(
      fc.property(statements, fc.constantFrom(...doctors), (statement, doctor) => {
        const record = legacyCreateRecord(doctor, statement)
        verifyRecord(record, statement.nonce - 1n, 'seed')
        verifyRecord(record, statement.nonce - 1n, 'strict')
        expect(recordFromJson(new JsonObject(recordToJson(record)))).toEqual(record)
      }),
      propertyRuns(30),
    )
  })

  it('refuses records with one changed bit anywhere', async () => {
    const fields = ['doctorHash', 'patientHash', 'doctorPublicKey', 'signature', 'txid'] as const
    await fc.assert(
      fc.asyncProperty(statements, fc.constantFrom(...fields), fc.nat(), async (statement, field, at) => {
        const record = legacyCreateRecord(doctors[0], statement)
        const changed = Uint8Array.from(record[field])
        const bit = at % (8 * changed.length)
        changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7))
        const bad = { ...record, [field]: changed }
        expect(await codeOf(() => verifyRecord(bad, statement.nonce - 1n, 'seed'))).toMatch(/^ledger\//)
      }),
      propertyRuns(60),
    )
  })
})

describe('blocks', () => {
  it('keeps blocks through JSON and the encoding of the chain', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(3), fc.nat(3), fc.bigInt(0n, maxNonce), async (a, b, timestamp) => {
        const content = [...records(doctors[0], a), ...records(doctors[1], b)]
        const block = await mined({ records: content, timestamp })
        expect(blockFromJson(new JsonObject(blockToJson(block)))).toEqual(block)
        expect(decodeBlock(encodeBlock(block))).toEqual(block)
        const state = applyBlock(new Map(), block)
        expect(state.get(encodeHex(doctors[0].doctorHash)) ?? 0n).toBe(BigInt(a))
        expect(state.get(encodeHex(doctors[1].doctorHash)) ?? 0n).toBe(BigInt(b))
      }),
      propertyRuns(10),
    )
  })

  it('reaches the state of one large block by smaller ones', async () => {
    const all = records(doctors[0], 6)
    const together = applyBlock(new Map(), await mined({ records: all }))
    const first = applyBlock(new Map(), await mined({ records: all.slice(0, 4) }))
    expect(applyBlock(first, await mined({ records: all.slice(4) }))).toEqual(together)
  })

  it('gives another id for another order of records', async () => {
    const [one, two] = records(doctors[0], 2)
    const block = await mined({ records: one && two ? [one, two] : [] })
    const turned = { ...block, records: [...block.records].reverse() }
    expect(computeBlockId(headerOf(turned), block.nonce)).not.toEqual(block.blockId)
  })
})
