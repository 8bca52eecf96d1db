import { encodeCbor, encodeHex } from '@chartseal/core/encoding'
import { defaultEngine } from '@chartseal/core/engine'
import { ChartsealError } from '@chartseal/core/errors'
import {
  applyBlock,
  type Block,
  blockOf,
  checkLink,
  decodeBlock,
  decodeHeader,
  draftBlock,
  encodeBlock,
  encodeHeader,
  genesisBlock,
  genesisState,
  type Header,
  headerOf,
  type LedgerRecord,
  medianTimePast,
  type ReadHeader,
  recordProof,
  recordsRoot,
  verifyRecordProof,
} from '@chartseal/emr-ledger'
import { describe, expect, it } from 'vitest'
import { bytes32, forged, genesisOf, ledgerOf, Person, rosterOf, Scribe, signed } from './v2-world.js'

const doctor = new Person(1, ['prescriber'])
const pharmacist = new Person(2, ['dispenser'])
const registrar = new Person(3, ['registrar'])
const people = [doctor, pharmacist, registrar]
const genesis = genesisOf(people)
const ledger = ledgerOf(people)
const first = genesisBlock(genesis)
const seal = { difficulty: 5n, sealer: bytes32(7), extra: new Uint8Array(40) }
const code = (name: string) => expect.objectContaining({ code: name })

const header: Header = {
  ledger: bytes32(1),
  height: 0x0102n,
  previous: bytes32(2),
  recordsRoot: bytes32(3),
  stateRoot: bytes32(4),
  timestamp: 0x0a0bn,
  difficulty: 2n ** 127n + 1n,
  sealer: bytes32(5),
  extra: new Uint8Array(40).fill(6),
  nonce: 2n ** 64n - 2n,
}

async function blockWith(pool: readonly LedgerRecord[]): Promise<Block> {
  const draft = await draftBlock({
    state: genesisState(genesis),
    parents: [first.header],
    timestamp: 1_000n,
    seal,
    pool,
  })
  return blockOf(headerOf(draft.header), Uint8Array.of(0xf6), draft.records)
}

const prescriptions = (count: number): readonly LedgerRecord[] => {
  const scribe = new Scribe(ledger)
  return Array.from({ length: count }, () => scribe.prescribe(doctor))
}

describe('a header', () => {
  it('has its fields at these places, integers little-endian', () => {
    const bytes = encodeHeader(header)
    expect(bytes.length).toBe(244)
    expect([...bytes.subarray(0, 4)]).toEqual([2, 0, 0, 0])
    expect([...bytes.subarray(4, 36)]).toEqual([...bytes32(1)])
    expect([...bytes.subarray(36, 44)]).toEqual([2, 1, 0, 0, 0, 0, 0, 0])
    expect([...bytes.subarray(44, 140)]).toEqual([...bytes32(2), ...bytes32(3), ...bytes32(4)])
    expect([...bytes.subarray(140, 148)]).toEqual([0x0b, 0x0a, 0, 0, 0, 0, 0, 0])
    expect([...bytes.subarray(148, 164)]).toEqual([1, ...new Array(14).fill(0), 0x80])
    expect([...bytes.subarray(164, 196)]).toEqual([...bytes32(5)])
    expect([...bytes.subarray(196, 236)]).toEqual(new Array(40).fill(6))
    expect([...bytes.subarray(236)]).toEqual([0xfe, ...new Array(7).fill(0xff)])
    // Its length is 52 modulo 64: with the padding of SHA-256 the nonce is in the last block alone.
    expect(bytes.length % 64).toBe(52)
  })

  it('is read back, with the hash of its bytes as its id', () => {
    const read = headerOf(header)
    expect(read).toMatchObject(header)
    expect(read.id).toEqual(defaultEngine().sha256(encodeHeader(header)))
    expect(encodeHeader(decodeHeader(read.bytes))).toEqual(read.bytes)
  })

  it('is refused in another length, version or without difficulty', () => {
    const bytes = encodeHeader(header)
    const refused = (changed: Uint8Array, reason: string) =>
      expect(() => decodeHeader(changed)).toThrow(
        expect.objectContaining({ code: 'ledger/bad-header', context: { reason } }),
      )
    refused(bytes.subarray(1), 'size')
    refused(Uint8Array.from([...bytes, 0]), 'size')
    refused(
      bytes.map((byte, i) => (i === 0 ? 1 : byte)),
      'version',
    )
    refused(
      bytes.map((byte, i) => (i >= 148 && i < 164 ? 0 : byte)),
      'difficulty',
    )
    const wrong: readonly Partial<Header>[] = [
      { ledger: new Uint8Array(31) },
      { extra: new Uint8Array(41) },
      { height: -1n },
      { timestamp: 2n ** 64n },
      { difficulty: 0n },
      { difficulty: 2n ** 128n },
    ]
    for (const field of wrong) expect(() => encodeHeader({ ...header, ...field })).toThrow(RangeError)
  })

  it('has the median of eleven times, or of all where there are fewer', () => {
    const times = (...values: number[]) =>
      values.map((value, i) => ({ height: BigInt(values.length - 1 - i), timestamp: BigInt(value) }))
    expect(medianTimePast(times(5))).toBe(5n)
    expect(medianTimePast(times(9, 1))).toBe(1n)
    expect(medianTimePast(times(9, 9, 9, 9, 9, 1))).toBe(1n)
    expect(medianTimePast(times(9, 9, 9, 9, 9, 9, 1))).toBe(9n)
    expect(medianTimePast(times(11, 1, 10, 2, 9, 3, 8, 4, 7, 5, 6, 100, 100, 100))).toBe(6n)
    expect(() => medianTimePast([])).toThrow(RangeError)
  })
})

describe('a block', () => {
  it('is read back as it was written', async () => {
    const block = await blockWith(prescriptions(3))
    const read = decodeBlock(block.bytes)
    expect(read).toEqual(block)
    expect(encodeBlock(read)).toEqual(block.bytes)
    expect(decodeBlock(first.bytes)).toEqual(first)
  })

  it('begins a ledger with the state of the genesis', () => {
    expect(first.header).toMatchObject({ height: 0n, timestamp: 1_000n, difficulty: 1n, nonce: 0n, ledger })
    expect(first.header.stateRoot).toEqual(genesisState(genesis).root)
    expect(first.header.recordsRoot).toEqual(defaultEngine().sha256(new Uint8Array()))
    expect(first.records).toEqual([])
  })

  it('is refused with parts that are missing, too many, too large or no bytes', async () => {
    const block = await blockWith(prescriptions(1))
    const { bytes } = block.header
    const records = block.records.map(record => record.bytes)
    const refused = (value: Parameters<typeof encodeCbor>[0], reason: string) =>
      expect(() => decodeBlock(encodeCbor(value))).toThrow(
        expect.objectContaining({ code: 'ledger/bad-block', context: { reason } }),
      )
    refused({}, 'encoding')
    refused([], 'header')
    refused([bytes.subarray(1), new Uint8Array(), records], 'header')
    refused([bytes, 1, records], 'seal')
    refused([bytes, new Uint8Array(65_537), records], 'seal')
    refused([bytes, new Uint8Array()], 'records')
    refused([bytes, new Uint8Array(), records, 1], 'records')
    refused([bytes, new Uint8Array(), Array.from({ length: 26 }, () => records[0] ?? 0)], 'records')
    expect(() => decodeBlock(Uint8Array.from([...block.bytes, 0]))).toThrow(code('ledger/bad-block'))
    expect(() => decodeBlock(new Uint8Array(1_048_577))).toThrow(
      expect.objectContaining({ context: { reason: 'size' } }),
    )
    for (const record of [1, new Uint8Array(3)])
      expect(() => decodeBlock(encodeCbor([bytes, new Uint8Array(), [record]]))).toThrow(
        code('ledger/bad-block-record'),
      )
  })

  it('is refused, or means something else, with any byte changed', async () => {
    const { bytes } = await blockWith(prescriptions(2))
    for (const [at, byte] of bytes.entries()) {
      const changed = bytes.with(at, byte ^ (1 << (at % 8)))
      try {
        expect(encodeBlock(decodeBlock(changed))).toEqual(changed)
      } catch (error) {
        if (!(error instanceof ChartsealError)) throw error
        expect(error.code).toMatch(/^ledger\/bad-/)
      }
    }
  })

  it('is not made of too many records, or too much', () => {
    expect(() => blockOf(first.header, new Uint8Array(), prescriptions(26))).toThrow(RangeError)
    expect(() => blockOf(first.header, new Uint8Array(65_537), [])).toThrow(RangeError)
    const [record] = prescriptions(1)
    if (record === undefined) throw new Error('no record')
    const large = { ...record, bytes: new Uint8Array(600_000) }
    expect(() => blockOf(first.header, new Uint8Array(), [large, large])).toThrow(RangeError)
  })
})

describe('applying a block', () => {
  const state = () => genesisState(genesis)

  it('gives the state that the header commits to', async () => {
    const block = await blockWith(prescriptions(4))
    const applied = await applyBlock(state(), [first.header], decodeBlock(block.bytes))
    expect(applied.state.root).toEqual(block.header.stateRoot)
    expect(applied.changes).toHaveLength(4)
  })

  it('refuses a header that does not follow, or commits to something else', async () => {
    const block = await blockWith(prescriptions(2))
    const wrong: readonly (readonly [Partial<Header>, string])[] = [
      [{ ledger: bytes32(0) }, 'ledger/other-ledger'],
      [{ height: 2n }, 'ledger/block-height'],
      [{ previous: bytes32(1) }, 'ledger/block-previous'],
      [{ timestamp: 999n }, 'ledger/block-time'],
      [{ recordsRoot: recordsRoot([]) }, 'ledger/records-root'],
      [{ stateRoot: first.header.stateRoot }, 'ledger/state-root'],
    ]
    for (const [field, name] of wrong) {
      const changed = headerOf({ ...block.header, ...field })
      await expect(
        applyBlock(state(), [first.header], { header: changed, records: block.records }),
      ).rejects.toMatchObject({ code: name })
    }
    await expect(applyBlock(state(), [], block)).rejects.toThrow(RangeError)
  })

  it('refuses records that are others, fewer, more or in another order, as the fault of the sender', async () => {
    const block = await blockWith(prescriptions(3))
    const { header: own, records } = block
    const others = [records.slice(1), [...records].reverse(), [...records, ...records.slice(2)], []]
    for (const changed of others)
      await expect(
        applyBlock(state(), [first.header], { header: own, records: changed }),
      ).rejects.toMatchObject({ code: 'ledger/records-root' })
  })

  it('refuses a block with a record that the state refuses', async () => {
    const block = await blockWith(prescriptions(2))
    const records = [...block.records].reverse()
    const changed = headerOf({ ...block.header, recordsRoot: recordsRoot(records) })
    await expect(applyBlock(state(), [first.header], { header: changed, records })).rejects.toMatchObject({
      code: 'ledger/bad-block-record',
      context: { index: 0, cause: 'ledger/seq' },
    })
  })

  it('judges the time by the eleven headers before, and asks for all of them', () => {
    const chain: ReadHeader[] = [first.header]
    for (let i = 1; i <= 12; i++) {
      const [parent] = chain
      if (parent === undefined) throw new Error('no parent')
      chain.unshift(
        headerOf({ ...parent, height: BigInt(i), previous: parent.id, timestamp: 1_000n + BigInt(i) }),
      )
    }
    const [parent] = chain
    if (parent === undefined) throw new Error('no parent')
    const { roster } = genesisOf([])
    const next = { ledger, height: 13n, previous: parent.id, timestamp: 1_007n }
    checkLink(chain, next, roster)
    checkLink(chain.slice(0, 11), next, roster)
    expect(() => checkLink(chain.slice(0, 10), next, roster)).toThrow(RangeError)
    expect(() => checkLink(chain, { ...next, timestamp: 1_006n }, roster)).toThrow(code('ledger/block-time'))
  })
})

describe('a record proof', () => {
  it('proves each record of a block, and is refused with any byte changed', async () => {
    for (const count of [1, 2, 3, 5, 25]) {
      const block = await blockWith(prescriptions(count))
      const root = block.header.recordsRoot
      for (const [place, record] of block.records.entries()) {
        const proof = recordProof(block, place)
        expect(proof.length).toBeLessThanOrEqual(5)
        expect(verifyRecordProof(root, record.wtxid, proof)).toBe(true)
        expect(verifyRecordProof(root, record.txid, proof)).toBe(false)
        expect(
          verifyRecordProof(root, record.wtxid, [...proof, proof.at(-1) ?? Uint8Array.of(0, ...root)]),
        ).toBe(false)
        for (const [i, step] of proof.entries()) {
          expect(
            verifyRecordProof(
              root,
              record.wtxid,
              proof.filter((_, j) => j !== i),
            ),
          ).toBe(false)
          for (const at of [0, 1, 32]) {
            const changed = step.map((byte, j) => (j === at ? byte ^ 1 : byte))
            expect(
              verifyRecordProof(
                root,
                record.wtxid,
                proof.map((same, j) => (j === i ? changed : same)),
              ),
            ).toBe(false)
          }
        }
      }
    }
  })

  it('is refused in every wrong shape', async () => {
    const block = await blockWith(prescriptions(2))
    const wtxid = block.records[0]?.wtxid ?? new Uint8Array()
    const root = block.header.recordsRoot
    const [step = new Uint8Array()] = recordProof(block, 0)
    for (const proof of [
      [step.subarray(1)],
      [Uint8Array.from([2, ...step.subarray(1)])],
      new Array(6).fill(step),
    ])
      expect(verifyRecordProof(root, wtxid, proof)).toBe(false)
    expect(verifyRecordProof(root, wtxid.subarray(1), [step])).toBe(false)
    expect(() => recordProof(block, 2)).toThrow(RangeError)
  })
})

describe('a draft', () => {
  const draft = (pool: readonly LedgerRecord[], timestamp = 1_000n) =>
    draftBlock({ state: genesisState(genesis), parents: [first.header], timestamp, seal, pool })
  const hex = (records: readonly LedgerRecord[]): string[] => records.map(({ txid }) => encodeHex(txid))

  it('takes what the state takes, says why of the rest, and is a valid block', async () => {
    const scribe = new Scribe(ledger)
    const rx = scribe.prescribe(doctor)
    const part = scribe.dispense(pharmacist, rx, 1)
    const stale = signed({ ...part.claims, seq: 2n }, pharmacist)
    const forgery = forged(scribe.cancel(doctor, rx, part))
    const elsewhere = new Scribe(bytes32(0)).prescribe(doctor)
    const made = await draft([rx, part, stale, forgery, elsewhere])
    expect(hex(made.records)).toEqual(hex([rx, part]))
    expect(made.refused.map(({ record, error }) => [encodeHex(record.txid), error.code]).sort()).toEqual(
      [
        [encodeHex(stale.txid), 'ledger/stale-change'],
        [encodeHex(forgery.txid), 'ledger/signature'],
        [encodeHex(elsewhere.txid), 'ledger/other-ledger'],
      ].sort(),
    )
    const block = blockOf(headerOf(made.header), new Uint8Array(), made.records)
    const applied = await applyBlock(genesisState(genesis), [first.header], block)
    expect(applied.state.root).toEqual(made.state.root)
    expect(made.header).toMatchObject({ ...seal, nonce: 0n, height: 1n, previous: first.header.id })
  })

  it('takes records whose turn comes after others, in whatever order the pool has them', async () => {
    const scribe = new Scribe(ledger)
    const rx = scribe.prescribe(doctor)
    const part = scribe.dispense(pharmacist, rx, 1)
    const end = scribe.cancel(doctor, rx, part)
    const made = await draft([end, part, rx])
    expect(hex(made.records)).toEqual(hex([rx, part, end]))
    expect(made.refused).toEqual([])
  })

  it('takes 25 records, and leaves the others for later', async () => {
    const pool = prescriptions(30)
    const made = await draft(pool)
    expect(hex(made.records)).toEqual(hex(pool.slice(0, 25)))
    expect(hex(made.left)).toEqual(hex(pool.slice(25)))
    expect(made.refused).toEqual([])
  })

  it('stays below the size of a block with the largest seal', async () => {
    const [one, two] = prescriptions(2)
    if (one === undefined || two === undefined) throw new Error('no records')
    const large = { ...one, bytes: new Uint8Array(982_000) }
    const made = await draft([large, two])
    expect(hex(made.records)).toEqual(hex([one]))
    expect(hex(made.left)).toEqual(hex([two]))
  })

  it('changes the roster once', async () => {
    const scribe = new Scribe(ledger)
    const next = rosterOf([...people, new Person(9, ['prescriber'])], 2n)
    const made = await draft([scribe.roster(registrar, next), scribe.roster(registrar, next)])
    expect(made.roster).toEqual(next)
    expect(made.refused.map(({ error }) => error.code)).toEqual(['ledger/second-roster'])
  })

  it('is empty where nothing is left, and is not made before the median time', async () => {
    const made = await draft([])
    expect(made.records).toEqual([])
    expect(made.state.root).toEqual(first.header.stateRoot)
    await expect(draft([], 999n)).rejects.toMatchObject({ code: 'ledger/block-time' })
  })
})
