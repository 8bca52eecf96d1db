import {
  decodeBase45,
  decodeBook,
  deliverAll,
  destroyContent,
  encodeBase45,
  encodeBook,
  lookUp,
  outcomeOf,
  prepareCancel,
  prepareDispense,
  prepareOrder,
  proofAbout,
  settle,
  signAndSend,
  slipOf,
} from '@chartseal/clinic/prescriptions'
import { decodeUtf8, encodeUtf8 } from '@chartseal/core/encoding'
import { decodeRecord } from '@chartseal/emr-ledger'
import { codeOf, propertyRuns } from '@chartseal/testkit'
import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import {
  deskOf,
  doctor,
  order,
  otherPharmacist,
  PaperLedger,
  pharmacist,
  type TestDesk,
} from './prescription-world.js'

let ledger: PaperLedger
let surgery: TestDesk

beforeEach(() => {
  ledger = new PaperLedger()
  surgery = deskOf(ledger, doctor)
})

async function prescribed(): Promise<Uint8Array> {
  const prepared = await prepareOrder(surgery, order)
  await signAndSend(surgery, prepared)
  await ledger.seal()
  await settle(surgery, prepared.prepared.digest)
  return prepared.prepared.digest
}

describe('a book', () => {
  it('is the same after it was stored and read', async () => {
    const txid = await prescribed()
    await signAndSend(surgery, await prepareCancel(surgery, txid))
    const bytes = encodeBook(surgery.shelf.book())
    expect(decodeBook(bytes)).toEqual(surgery.shelf.book())
    expect(encodeBook(decodeBook(bytes))).toEqual(bytes)
  })

  it('is refused when it was cut or names a stage that nobody knows', async () => {
    await prescribed()
    const bytes = encodeBook(surgery.shelf.book())
    expect(await codeOf(() => decodeBook(bytes.subarray(1)))).toBe('prescription/book')
    const at = bytes.findLastIndex((_, i) => decodeAscii(bytes.subarray(i, i + 5)) === 'final')
    const changed = Uint8Array.from(bytes)
    changed.set(encodeUtf8('fatal'), at)
    expect(await codeOf(() => decodeBook(changed))).toBe('prescription/book')
  })

  it('shreds nothing of which nobody knows whether it was issued', async () => {
    const prepared = await prepareOrder(surgery, order)
    ledger.fault = 'lost-answer'
    await signAndSend(surgery, prepared)
    const { digest } = prepared.prepared
    expect(await codeOf(() => destroyContent(surgery, digest))).toBe('prescription/unresolved')
  })
})

describe('what became of a record', () => {
  it('is unknown while its number is free, and never once another record has it', async () => {
    const tablet = deskOf(ledger, doctor)
    const lost = await prepareOrder(tablet, { ...order, patientId: 'p-2' })
    ledger.fault = 'lost-request'
    await signAndSend(tablet, lost)
    expect((await settle(tablet, lost.prepared.digest)).kind).toBe('waiting')
    await prescribed()
    expect((await settle(tablet, lost.prepared.digest)).kind).toBe('never')
  })

  it('is never for a change whose place another has, though newer changes came since', async () => {
    const txid = await prescribed()
    const text = await slipOf(surgery.shelf.book(), txid)
    const [north, south] = [deskOf(ledger, pharmacist), deskOf(ledger, otherPharmacist)]
    const [one, other] = [await lookUp(north, text), await lookUp(south, text)]
    ledger.fault = 'lost-request'
    const late = await prepareDispense(south, other, 1)
    await signAndSend(south, late)
    for (const view of [one, null]) {
      await signAndSend(north, await prepareDispense(north, view ?? (await lookUp(north, text)), 1))
      await ledger.seal()
      await deliverAll(north)
    }
    expect((await settle(south, late.prepared.digest)).kind).toBe('never')
    expect(ledger.records.size).toBe(3)
  })

  it('is not read from a proof about something else', async () => {
    const [one, other] = [await prescribed(), await prescribed()]
    const checked = await proofAbout(surgery, one)
    const record = surgery.shelf.book().errands.find(errand => `${errand.record.txid}` === `${other}`)?.record
    if (checked === null || record === undefined) throw new Error('both were prescribed')
    expect(await codeOf(() => outcomeOf(decodeRecord(record.bytes), checked))).toBe(
      'prescription/other-proof',
    )
  })
})

describe('base45', () => {
  // RFC 9285 4.3 and 4.4.
  it.each([
    ['AB', 'BB8'],
    ['Hello!!', '%69 VD92EX0'],
    ['base-45', 'UJCLQE7W581'],
    ['ietf!', 'QED8WEX0'],
  ])('writes and reads %s as %s', (plain, encoded) => {
    expect(encodeBase45(encodeUtf8(plain))).toBe(encoded)
    expect(decodeUtf8(decodeBase45(encoded))).toBe(plain)
  })

  it('gives any bytes back', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), bytes => {
        expect(decodeBase45(encodeBase45(bytes))).toEqual(bytes)
      }),
      propertyRuns(),
    )
  })

  it.each(['GGW', '::', 'A', 'ab0', 'AB8€'])('refuses %s', async text => {
    expect(await codeOf(() => decodeBase45(text))).toBe('encoding/invalid')
  })
})

function decodeAscii(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes)
}
