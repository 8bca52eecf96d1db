import {
  deliver,
  deliverAll,
  destroyContent,
  duplicatesInBook,
  errandOf,
  historyOf,
  lookUp,
  prepareAgain,
  prepareCancel,
  prepareDispense,
  prepareOrder,
  prepareReplace,
  settle,
  signAndSend,
  slipOf,
} from '@chartseal/clinic/prescriptions'
import { codeOf } from '@chartseal/testkit'
import { beforeEach, describe, expect, it } from 'vitest'
import {
  deskOf,
  doctor,
  order,
  otherPharmacist,
  PaperLedger,
  pharmacist,
  readerOf,
  startSeconds,
  type TestDesk,
} from './prescription-world.js'

let ledger: PaperLedger
let surgery: TestDesk
let north: TestDesk
let south: TestDesk

beforeEach(() => {
  ledger = new PaperLedger()
  surgery = deskOf(ledger, doctor)
  north = deskOf(ledger, pharmacist)
  south = deskOf(ledger, otherPharmacist)
})

/** Prescribed and final; the slip and its txid. */
async function issued(desk: TestDesk = surgery, what = order): Promise<{ text: string; txid: Uint8Array }> {
  const prepared = await prepareOrder(desk, what)
  await signAndSend(desk, prepared)
  await ledger.seal()
  await settle(desk, prepared.prepared.digest)
  return { text: await slipOf(desk.shelf.book(), prepared.prepared.digest), txid: prepared.prepared.digest }
}

async function dispensed(desk: TestDesk, text: string, units: number) {
  const prepared = await prepareDispense(desk, await lookUp(desk, text), units)
  const sent = await signAndSend(desk, prepared)
  await ledger.seal()
  return { sent, txid: prepared.prepared.digest, after: await settle(desk, prepared.prepared.digest) }
}

const verdictAt = async (desk: Parameters<typeof lookUp>[0], text: string) =>
  (await lookUp(desk, text)).verdict

describe('a prescription', () => {
  it('is read alone before it is signed, with medicine, patient and units', async () => {
    const { prepared } = await prepareOrder(surgery, order)
    for (const text of [prepared.text.en, prepared.text.es])
      for (const part of ['Amoxicillin 500 mg', 'One capsule every 8 hours', 'patient-17', 'Valley'])
        expect(text).toContain(part)
  })

  it('waits until it is final, and only then has a slip', async () => {
    const prepared = await prepareOrder(surgery, order)
    const { digest } = prepared.prepared
    expect((await signAndSend(surgery, prepared)).kind).toBe('waiting')
    expect(await codeOf(() => slipOf(surgery.shelf.book(), digest))).toBe('prescription/not-issued')
    await ledger.seal()
    expect((await settle(surgery, digest)).kind).toBe('final')
    expect(await slipOf(surgery.shelf.book(), digest)).toMatch(/^CHARTSEAL-RX:/)
  })

  it('is ready, partly and dispensed at the counter, with when and how much and not by whom', async () => {
    const { text } = await issued()
    expect(await verdictAt(north, text)).toMatchObject({ kind: 'ready', left: 2, of: 2, given: [] })
    const { after } = await dispensed(north, text, 1)
    expect(after.kind).toBe('final')
    expect(await verdictAt(south, text)).toMatchObject({ kind: 'partly', left: 1, of: 2 })
    await dispensed(south, text, 1)
    const verdict = await verdictAt(north, text)
    const given = [
      { units: 1, at: startSeconds },
      { units: 1, at: startSeconds },
    ]
    expect(verdict).toEqual({ kind: 'dispensed', left: 0, of: 2, given, asOf: startSeconds })
  })

  it('tells the patient where it was dispensed', async () => {
    const { text } = await issued()
    await dispensed(north, text, 2)
    const { checked, prescriber, words } = await lookUp(readerOf(ledger), text)
    expect(prescriber?.name).toBe('Dr. Vega')
    expect(words.medicine).toBe('Amoxicillin 500 mg')
    const history = checked === null ? [] : historyOf(checked)
    expect(history).toEqual([{ kind: 'dispense', at: startSeconds, units: 2, by: 'Pharmacy North' }])
  })

  it('is not final yet before a block has it', async () => {
    const { text } = await issued()
    const early = new PaperLedger()
    expect(await verdictAt(readerOf(early), text)).toMatchObject({ kind: 'not-final-yet', depth: null })
  })

  it('is expired from its last second on', async () => {
    const { text } = await issued()
    ledger.clock.set(Number(order.validUntil) * 1_000)
    const view = await lookUp(north, text)
    expect(view.verdict).toMatchObject({ kind: 'expired', since: order.validUntil, left: 2 })
    expect(await codeOf(() => prepareDispense(north, view, 1))).toBe('prescription/not-dispensable')
  })

  it('is cancelled or replaced by whoever prescribed it', async () => {
    const one = await issued()
    const cancel = await prepareCancel(surgery, one.txid)
    await signAndSend(surgery, cancel)
    await ledger.seal()
    expect((await settle(surgery, cancel.prepared.digest)).kind).toBe('final')
    expect(await verdictAt(north, one.text)).toMatchObject({ kind: 'cancelled', at: startSeconds, left: 2 })
    const other = await issued()
    const replaced = await prepareReplace(surgery, other.txid, { ...order, quantity: 5 })
    const { digest } = replaced.prepared
    await signAndSend(surgery, replaced)
    await ledger.seal()
    await settle(surgery, digest)
    expect(await verdictAt(north, other.text)).toMatchObject({ kind: 'replaced', by: digest })
    const next = await slipOf(surgery.shelf.book(), digest)
    expect(await verdictAt(north, next)).toMatchObject({ kind: 'ready', left: 5 })
  })

  it('cannot be changed once it is closed, or not there', async () => {
    const { txid, text } = await issued()
    await dispensed(north, text, 2)
    expect(await codeOf(() => prepareCancel(surgery, txid))).toBe('prescription/closed')
    expect(await codeOf(() => prepareCancel(surgery, new Uint8Array(32)))).toBe('prescription/closed')
  })

  it('is refused while the form is incomplete', async () => {
    expect(await codeOf(() => prepareOrder(surgery, { ...order, quantity: 0 }))).toBe(
      'prescription/incomplete',
    )
  })
})

describe('offline', () => {
  it('a signature can be checked, and nothing dispensed or issued', async () => {
    const { text, txid } = await issued()
    const cut = { ...north, way: silentWay }
    const view = await lookUp(cut, text)
    expect([view.verdict, view.prescriber?.name]).toEqual([{ kind: 'offline' }, 'Dr. Vega'])
    expect(await codeOf(() => prepareDispense(cut, view, 1))).toBe('prescription/not-dispensable')
    expect(await codeOf(() => prepareOrder({ ...surgery, way: silentWay }, order))).toBe(
      'prescription/offline',
    )
    expect(await codeOf(() => prepareCancel({ ...surgery, way: silentWay }, txid))).toBe(
      'prescription/offline',
    )
  })
})

const lost = async (): Promise<never> => {
  throw new TypeError('fetch failed')
}
const silentWay = { info: lost, submit: lost, proof: lost }

describe('a lost answer', () => {
  it.each(['lost-request', 'lost-answer'] as const)('ends in one dispensing after a %s', async fault => {
    const { text } = await issued()
    const view = await lookUp(north, text)
    const prepared = await prepareDispense(north, view, 1)
    ledger.fault = fault
    expect((await signAndSend(north, prepared)).kind).toBe('no-answer')
    expect(await codeOf(() => prepareDispense(north, view, 1))).toBe('prescription/unresolved')
    // The device starts again from what was stored.
    const again = deskOf(ledger, pharmacist, north.shelf.restarted())
    expect((await deliverAll(again)).map(({ delivery }) => delivery.kind)).toEqual(['waiting'])
    await ledger.seal()
    expect((await deliverAll(again)).map(({ delivery }) => delivery.kind)).toEqual(['final'])
    expect(await verdictAt(south, text)).toMatchObject({ kind: 'partly', left: 1, given: [{ units: 1 }] })
    expect(new Set(ledger.arrived.slice(1).map(bytes => `${bytes}`)).size).toBe(1)
  })

  it('sends nothing that could not be stored', async () => {
    const { text } = await issued()
    const prepared = await prepareDispense(north, await lookUp(north, text), 1)
    const before = ledger.arrived.length
    north.shelf.fails = true
    await expect(signAndSend(north, prepared)).rejects.toThrow('the disk is full')
    expect(ledger.arrived).toHaveLength(before)
  })

  it('never hides behind a refusal that a proof contradicts', async () => {
    const { text } = await issued()
    const { txid } = await dispensed(north, text, 1)
    const shelf = north.shelf.restarted()
    await shelf.change(book => ({
      ...book,
      errands: book.errands.map(one => ({ ...one, stage: 'signed' as const })),
    }))
    const liar = { ...ledger.way(), submit: async () => ({ kind: 'refused', code: 'ledger/seq' }) as const }
    expect((await deliver({ ...north, shelf, way: liar }, txid)).kind).toBe('final')
  })
})

describe('two at once', () => {
  it('dispense the same units once', async () => {
    const { text } = await issued()
    const [one, other] = [await lookUp(north, text), await lookUp(south, text)]
    const [first, second] = [await prepareDispense(north, one, 2), await prepareDispense(south, other, 2)]
    expect((await signAndSend(north, first)).kind).toBe('waiting')
    expect(await signAndSend(south, second)).toEqual({ kind: 'refused', code: 'ledger/not-open' })
    await ledger.seal()
    expect((await settle(north, first.prepared.digest)).kind).toBe('final')
    expect((await settle(south, second.prepared.digest)).kind).toBe('never')
    expect(ledger.records.size).toBe(2)
  })

  it('of one key find out who has the number, and the other signs again', async () => {
    const tablet = deskOf(ledger, doctor)
    const [one, other] = [
      await prepareOrder(surgery, order),
      await prepareOrder(tablet, { ...order, patientId: 'p-2' }),
    ]
    await signAndSend(surgery, one)
    expect(await signAndSend(tablet, other)).toEqual({ kind: 'refused', code: 'ledger/seq' })
    await ledger.seal()
    expect((await settle(tablet, other.prepared.digest)).kind).toBe('never')
    const again = await prepareAgain(tablet, other.prepared.digest)
    expect(again.content?.body).toEqual(other.content?.body)
    expect(again.content?.rs).not.toEqual(other.content?.rs)
    await signAndSend(tablet, again)
    await ledger.seal()
    expect((await settle(tablet, again.prepared.digest)).kind).toBe('final')
    expect(await codeOf(() => prepareAgain(tablet, again.prepared.digest))).toBe('prescription/unresolved')
  })

  it('number their records one after the other at one desk', async () => {
    const one = await prepareOrder(surgery, order)
    ledger.fault = 'lost-request'
    await signAndSend(surgery, one)
    const two = await prepareOrder(surgery, { ...order, patientId: 'p-2' })
    expect([one.prepared.claims.seq, two.prepared.claims.seq]).toEqual([1n, 2n])
  })
})

describe('a counter', () => {
  it('refuses more than is left, and parts of units', async () => {
    const { text } = await issued()
    const view = await lookUp(north, text)
    expect(await codeOf(() => prepareDispense(north, view, 3))).toBe('prescription/too-many-units')
    await expect(prepareDispense(north, view, 0.5)).rejects.toThrow(RangeError)
  })

  it('refuses a proof about another prescription, of another ledger, and an older one', async () => {
    const [one, other] = [await issued(), await issued()]
    const swapped = {
      ...ledger.way(),
      proof: () => ledger.way().proof({ prescription: other.txid, from: 0n, roster: 1n }),
    }
    expect(await codeOf(() => lookUp({ ...north, way: swapped }, one.text))).toBe('prescription/other-proof')
    await lookUp(north, one.text)
    const { makeBundle } = await import('@chartseal/emr-ledger')
    const old = {
      ...ledger.way(),
      proof: () => makeBundle(ledger.source(1), { prescription: one.txid, from: 0n }),
    }
    expect(await codeOf(() => lookUp({ ...north, way: old }, one.text))).toBe('ledger/bundle-behind')
    const foreign = { ...ledger.way(), info: async () => ({ ledger: new Uint8Array(32), nextSeq: 1n }) }
    expect(await codeOf(() => prepareOrder({ ...surgery, way: foreign }, order))).toBe(
      'prescription/other-ledger',
    )
  })
})

describe('duplicates and shredding', () => {
  it('warns the prescriber of the same medicine for the same patient while it is open', async () => {
    const { txid } = await issued()
    const again = await prepareOrder(surgery, order)
    const found = () => duplicatesInBook(surgery.shelf.book(), again, startSeconds).length
    expect(found()).toBe(1)
    await signAndSend(surgery, await prepareCancel(surgery, txid))
    await ledger.seal()
    await deliverAll(surgery)
    expect(found()).toBe(0)
  })

  it('destroys content and secret on the device, and says what stays', async () => {
    const { txid } = await issued()
    const { content } = errandOf(surgery.shelf.book(), txid)
    const secret = `${content?.rs}`
    const stays = ['who-prescribed', 'when', 'how-much', 'dispensings', 'slips-given-out']
    expect(await destroyContent(surgery, txid)).toEqual(stays)
    expect(`${surgery.shelf.stored.at(-1)}`).not.toContain(secret)
    expect(await codeOf(() => slipOf(surgery.shelf.book(), txid))).toBe('prescription/shredded')
    expect(await codeOf(() => destroyContent(surgery, new Uint8Array(32)))).toBe('prescription/unknown')
  })
})
