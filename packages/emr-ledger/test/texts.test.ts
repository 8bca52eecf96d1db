/** What a writer accepts, its reader opens, whatever the prescription says. */
import { encodeCbor } from '@chartseal/core/encoding'
import { JsonObject } from '@chartseal/core/json'
import { memoryLog } from '@chartseal/core/memory'
import type { AppendLog } from '@chartseal/core/ports'
import {
  type Block,
  blockFromJson,
  blockToJson,
  createRecord,
  DoctorKey,
  decodeBlock,
  encodeBlock,
  type LedgerRecord,
  legacyCreateRecord,
  mineBlock,
  openChain,
  recordFromJson,
  recordToJson,
  verifyRecord,
} from '@chartseal/emr-ledger/v1'
import { anyText, codeOf, propertyRuns } from '@chartseal/testkit'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { collect, firstDraft, patientHash, records } from './helpers.js'

const doctor = DoctorKey.generate()

const blanks = [
  '',
  ' ',
  '   ',
  '\n',
  '\t \r\n',
  '\u00a0',
  '\u200b',
  '\ufeff',
  '\u0000',
  '\u2800',
  '\u00ad ',
  '\u3164',
]
const hostile = [
  '\ufeffMetformin 500 mg',
  '\ufeff\ufeffx',
  'a\ufeffx',
  'x\ufeff',
  ' x ',
  'x\u0000y',
  '\u0000x',
  'Müller'.normalize('NFC'),
  'Müller'.normalize('NFD'),
  '\u202eevil',
  '","txid":"00',
  '\\"\\u0000',
  '"\\n":',
  '\u{10ffff}x',
  '💊'.repeat(50),
  '\ud800',
  'x\udc00',
]
const pieces = fc.oneof(anyText({ maxLength: 20 }), fc.constantFrom(...blanks, ...hostile))
const texts = fc.array(pieces, { maxLength: 3 }).map(parts => parts.join(''))

async function next(content: readonly LedgerRecord[]): Promise<Block> {
  return (await mineBlock(firstDraft({ records: content, difficulty: 1n }))).block
}

/** Appends the block to an empty chain, which afterwards can be opened again, whether or not it was accepted. */
async function appended(block: Block): Promise<readonly Block[]> {
  const log = memoryLog()
  const chain = await openChain(log)
  const code = await codeOf(() => chain.append(block))
  expect(['accepted', 'ledger/chain']).toContain(code)
  const again = await openChain(memoryLog(await collect(log.read())))
  expect(again.length).toBe(code === 'accepted' ? 1n : 0n)
  expect(await collect(again.blocks())).toEqual(await collect(chain.blocks()))
  return collect(again.blocks())
}

describe('prescriptions', () => {
  it.each(blanks)(
    'refuses to sign the blank text %j, which verifying accepts as before (E16)',
    async text => {
      const statement = { patientHash, prescription: text, nonce: 1n }
      expect(await codeOf(() => createRecord(doctor, statement))).toBe('ledger/prescription')
      verifyRecord(legacyCreateRecord(doctor, statement), 0n)
    },
  )

  it('signs other texts exactly as they are, a byte order mark included', () => {
    for (const prescription of hostile.filter(text => text.isWellFormed())) {
      const record = createRecord(doctor, { patientHash, prescription, nonce: 1n })
      expect(record.prescription).toBe(prescription)
      verifyRecord(record, 0n)
    }
  })

  it('opens every record and block again that was written as JSON or into a chain', async () => {
    await fc.assert(
      fc.asyncProperty(texts, async prescription => {
        const statement = { patientHash, prescription, nonce: 1n }
        const code = await codeOf(() => legacyCreateRecord(doctor, statement))
        if (code !== 'accepted') {
          expect(code).toBe('ledger/prescription')
          return
        }
        const record = legacyCreateRecord(doctor, statement)
        expect(recordFromJson(JsonObject.parse(JSON.stringify(recordToJson(record))))).toEqual(record)
        const block = await next([record])
        expect(blockFromJson(JsonObject.parse(JSON.stringify(blockToJson(block))))).toEqual(block)
        expect(decodeBlock(encodeBlock(block))).toEqual(block)
        expect(await appended(block)).toEqual([block])
      }),
      propertyRuns(150, 30),
    )
  })

  it('keeps a chain readable when a prescription begins with a byte order mark', async () => {
    const record = createRecord(doctor, { patientHash, prescription: '\ufeffMetformin', nonce: 1n })
    const block = await next([record])
    expect(await appended(block)).toEqual([block])
  })
})

describe('JSON of a record or a block', () => {
  const [record] = records(doctor, 1) as [LedgerRecord]
  const doubled = (text: string, name: string, value: string): readonly string[] => [
    text.replace('{', `{"${name}":${value},`),
    text.replace(/\}([^}]*)$/, `,"${name}":${value}}$1`),
    text.replace('{', `{"\\u00${name.charCodeAt(0).toString(16)}${name.slice(1)}":${value},`),
  ]

  it.each([
    ['signature', '"00"'],
    ['prescription', '"Ibuprofen 400 mg"'],
    ['nonce', '"7"'],
    ['more', '{"a":1,"a":1}'],
  ])('refuses JSON that says %s twice, whichever is right', async (name, value) => {
    const text = JSON.stringify(recordToJson(record))
    for (const repeated of doubled(text, name, value)) {
      expect(await codeOf(() => recordFromJson(JsonObject.parse(repeated)))).toBe('json/invalid')
    }
    expect(recordFromJson(JsonObject.parse(text))).toEqual(record)
  })

  it('refuses JSON of a block that says a field of a record twice', async () => {
    const text = JSON.stringify(blockToJson(await next([record])))
    const repeated = text.replace('"records":[{', '"records":[{"prescription":"Morphine",')
    expect(await codeOf(() => blockFromJson(JsonObject.parse(repeated)))).toBe('json/invalid')
  })
})

describe('reading back what is stored', () => {
  it('refuses a record that changes between two looks at it', async () => {
    const [record] = records(doctor, 1) as [LedgerRecord]
    const good = await next([record])
    for (let looks = 0; looks < 40; looks++) {
      let left = looks
      const changing = {
        ...record,
        get prescription() {
          return left-- > 0 ? record.prescription : 'Morphine 100 mg'
        },
      }
      await appended({ ...good, records: [changing] })
    }
  })

  it('keeps the tip apart from a block that its owner changes while it is stored', async () => {
    const block = await next([])
    const blockId = Uint8Array.from(block.blockId)
    const log = memoryLog()
    const slow: AppendLog = {
      get length() {
        return log.length
      },
      async append(entry) {
        block.blockId.fill(0)
        return log.append(entry)
      },
      appendAll: entries => log.appendAll(entries),
      read: from => log.read(from),
      close: () => log.close(),
    }
    const chain = await openChain(slow)
    await chain.append(block)
    expect(chain.tip).toEqual({ height: 0n, blockId })
  })

  it('refuses to encode a block that would be read as another', async () => {
    const [record] = records(doctor, 1) as [LedgerRecord]
    const block = await next([record])
    const other = { ...block, records: [{ ...record, txid: new Uint8Array(32) }] }
    expect(await codeOf(() => encodeBlock(other))).toBe('ledger/entry')
    expect(encodeBlock({ ...block, records: [] })).toEqual(
      encodeCbor({
        v: 1,
        h: 0,
        p: block.previous,
        m: block.miner,
        t: block.timestamp,
        d: new Uint8Array(16).fill(1, 15),
        n: block.nonce,
        id: block.blockId,
        r: [],
      }),
    )
  })
})
