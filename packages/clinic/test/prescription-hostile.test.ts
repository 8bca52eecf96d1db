/** What a ledger that lies, or a text that is too long, must not do to a device and its book. */
import {
  decodeBook,
  deliverAll,
  duplicatesInBook,
  encodeBook,
  errandOf,
  maxBodyBytes,
  prepareCancel,
  prepareOrder,
  prepareReplace,
  settle,
  signAndSend,
} from '@chartseal/clinic/prescriptions'
import { encodeUtf8 } from '@chartseal/core/encoding'
import { codeOf } from '@chartseal/testkit'
import { beforeEach, describe, expect, it } from 'vitest'
import { deskOf, doctor, order, PaperLedger, startSeconds, type TestDesk } from './prescription-world.js'

let ledger: PaperLedger
let surgery: TestDesk

beforeEach(() => {
  ledger = new PaperLedger()
  surgery = deskOf(ledger, doctor)
})

async function issued(what = order): Promise<Uint8Array> {
  const prepared = await prepareOrder(surgery, what)
  await signAndSend(surgery, prepared)
  await ledger.seal()
  await settle(surgery, prepared.prepared.digest)
  return prepared.prepared.digest
}

describe('a ledger that lies', () => {
  it.each(['ledger/'.padEnd(5_000, 'x'), 'ledger/\u001b[2J', ''])(
    'leaves no code in a book that its reader refuses',
    async code => {
      const way = { ...surgery.way, submit: async () => ({ kind: 'refused', code }) as const }
      const prepared = await prepareOrder(surgery, order)
      expect(await signAndSend({ ...surgery, way }, prepared)).toEqual({
        kind: 'refused',
        code: 'ledger/unreadable-refusal',
      })
      const book = surgery.shelf.book()
      expect(decodeBook(encodeBook(book))).toEqual(book)
    },
  )

  it('about the next number keeps nobody from prescribing once it tells the truth', async () => {
    const lying = {
      ...surgery.way,
      info: async (kid: Uint8Array) => ({ ...(await ledger.way().info(kid)), nextSeq: 1_000_000n }),
      submit: async () => ({ kind: 'taken' }) as const,
    }
    const lost = { ...surgery, way: lying }
    await signAndSend(lost, await prepareOrder(lost, order))
    const { prepared } = await prepareOrder(surgery, { ...order, patientId: 'p-2' })
    expect(prepared.claims.seq).toBe(1n)
  })

  it('about one record holds up none of the others', async () => {
    const one = await prepareOrder(surgery, order)
    ledger.fault = 'lost-request'
    await signAndSend(surgery, one)
    const other = await prepareOrder(surgery, { ...order, patientId: 'p-2' })
    ledger.fault = 'lost-request'
    await signAndSend(surgery, other)
    const way = {
      ...surgery.way,
      proof: async (query: Parameters<typeof surgery.way.proof>[0]) =>
        `${query.prescription}` === `${one.prepared.digest}`
          ? encodeUtf8('no proof')
          : surgery.way.proof(query),
    }
    expect(await codeOf(() => deliverAll({ ...surgery, way }))).toBe('ledger/bundle')
    expect(ledger.pool).toHaveLength(2)
    expect(errandOf(surgery.shelf.book(), other.prepared.digest).stage).toBe('taken')
  })
})

describe('nothing is signed of which no slip can be made', () => {
  it.each([
    ['body', { ...order, content: new Uint8Array(maxBodyBytes + 1).fill(0x61) }],
    ['patient', { ...order, patientId: 'p'.repeat(1_025) }],
  ])('as its %s is too long', async (_, what) => {
    expect(await codeOf(() => prepareOrder(surgery, what))).toBe('slip/too-large')
  })
})

describe('a medicine that is prescribed twice', () => {
  it('is told of in place of another, too, and not of the one that goes', async () => {
    const first = await issued()
    const replaced = await prepareReplace(surgery, first, order)
    const found = (record: typeof replaced) =>
      duplicatesInBook(surgery.shelf.book(), record, startSeconds).map(errand => errand.record.txid)
    expect(found(replaced)).toEqual([])
    const second = await issued()
    expect(found(await prepareReplace(surgery, first, order))).toEqual([second])
    expect(found(await prepareOrder(surgery, order))).toEqual([first, second])
    expect(found(await prepareCancel(surgery, first))).toEqual([])
  })
})
