import { CborFields } from '@chartseal/core/cbor'
import { encodeCbor } from '@chartseal/core/encoding'
import { describe, expect, it } from 'vitest'
import { txidIn } from '../dist/ledger/issued.js'
import { createIssuedOne, createIssuedScreen, type IssuedOne } from '../dist/state/ledger/issued.js'
import { createPrescribing } from '../dist/state/ledger/prescribing.js'
import { createSlipsScreen } from '../dist/state/ledger/slips.js'
import { pairOf, relocked, sessionOf, threadOf } from './people.js'
import {
  fill,
  medicine,
  prescribed,
  prescribing,
  type RxStage,
  rxStage,
  slipsOf,
} from './prescription-stage.js'
import { carried } from './records-stage.js'

async function oneOf({ doctor }: RxStage, id: string): Promise<IssuedOne> {
  const one = createIssuedOne(sessionOf(doctor), id)
  await one.look()
  expect(one.task.error.value).toBeNull()
  return one
}

describe('prescribing, from the form to the patient', () => {
  it('names what lacks before anything is signed, and offline keeps a draft alone', async () => {
    const stage = await rxStage()
    const { doctor, clinic } = stage
    const begun = prescribing(stage)
    await fill(begun, { medicine: ' ', quantity: '0', until: '2001-01-01' })
    await begun.goOn()
    expect(begun.missing.value).toEqual(['medicine', 'dosage', 'quantity', 'until'])
    expect(begun.signing.reading.value).toBeNull()
    await fill(begun)
    expect(begun.missing.value).toEqual([])
    clinic.network = 'down'
    await begun.goOn()
    clinic.network = 'up'
    expect(begun.signing.task.error.value).toMatchObject({ code: 'console/offline' })
    expect(await begun.sign()).toBeNull()
    await relocked(doctor)
    const again = prescribing(stage)
    await again.load()
    expect(again.form.value.medicine).toBe(medicine)
    const listed = createIssuedScreen(sessionOf(doctor))
    await listed.load()
    expect([listed.all.value, listed.drafts.value]).toEqual([[], [pairOf(doctor)]])
  })

  it('shows the text, signs it, and brings the slip to the patient when it is final', async () => {
    const stage = await rxStage()
    const { patient, ledger, clinic } = stage
    const screen = prescribing(stage)
    await fill(screen)
    await screen.goOn()
    expect(screen.signing.reading.value?.text.es).toContain('Rosa Weiss')
    expect(screen.signing.reading.value?.text.en).toContain(medicine)
    ledger.seals = false
    const id = (await screen.sign()) ?? ''
    const one = await oneOf(stage, id)
    expect(one.view.value).toMatchObject({ stage: 'taken', hasSlip: false, quantity: 20 })
    await ledger.seal()
    await one.look()
    expect(one.view.value).toMatchObject({ stage: 'final', hasSlip: true, end: 'none' })
    expect(one.proven.value?.verdict.kind).toBe('ready')
    await carried(stage)
    expect((await threadOf(patient)).at(-1)).toMatchObject({ fileName: medicine, text: id })
    const [mine, ...others] = (await slipsOf(stage)).slips.value ?? []
    expect(others).toEqual([])
    expect(mine).toMatchObject({ isOurs: true, medicine, quantity: 20, ref: `${pairOf(patient)}.${id}` })
    expect(mine?.seen).toMatchObject({ kind: 'ready', left: 20, changes: [] })
    const crossed = [...clinic.seen, ...ledger.arrived].map(bytes => Buffer.from(bytes).toString('latin1'))
    expect(crossed.join()).not.toContain(medicine)
    const next = prescribing(stage)
    await next.load()
    expect(next.form.value.medicine).toBe('')
    await fill(next)
    await next.goOn()
    expect(next.signing.reading.value?.isDouble).toBe(true)
    next.signing.leave()
    expect(await next.sign()).toBeNull()
    clinic.network = 'down'
    const offline = createSlipsScreen(sessionOf(patient))
    await offline.look()
    expect(offline.isUnanswered.value).toBe(true)
    expect(offline.slips.value?.[0]).toMatchObject({ medicine, seen: { kind: 'ready' } })
  })

  it('sends the same bytes again after a lost answer, and is issued once', async () => {
    const stage = await rxStage()
    const { clinic, ledger } = stage
    const screen = prescribing(stage)
    await fill(screen)
    await screen.goOn()
    clinic.network = 'answers-lost'
    const id = (await screen.sign()) ?? ''
    const listed = createIssuedScreen(sessionOf(stage.doctor))
    await listed.load()
    expect(listed.all.value).toMatchObject([{ id, stage: 'signed', hasSlip: false }])
    clinic.network = 'up'
    expect((await oneOf(stage, id)).view.value).toMatchObject({ stage: 'final', hasSlip: true })
    const bytes = new Set(ledger.arrived.map(one => Buffer.from(one).toString('hex')))
    expect([ledger.arrived.length > 1, bytes.size]).toEqual([true, 1])
  })

  it('cancels by a text that is read, and the patient sees that', async () => {
    const stage = await rxStage()
    const { ledger } = stage
    const one = await oneOf(stage, await prescribed(stage))
    await carried(stage)
    await one.cancel()
    expect(one.ending.reading.value?.text.en).not.toBe('')
    ledger.refusal = { status: 503, code: 'server/full' }
    await one.ending.sign()
    await one.load()
    expect(one.view.value?.end).toBe('under-way')
    await one.look()
    expect(one.view.value?.end).toBe('cancelled')
    const [mine] = (await slipsOf(stage)).slips.value ?? []
    expect(mine?.seen).toMatchObject({ kind: 'cancelled', changes: [{ kind: 'cancel' }] })
  })

  it('replaces one by another for the same patient', async () => {
    const stage = await rxStage()
    const session = sessionOf(stage.doctor)
    const id = await prescribed(stage)
    const one = await oneOf(stage, id)
    await carried(stage)
    const [pair] = session.pairs.value
    const form = await one.form()
    if (pair === undefined || form === null) throw new Error('there is nothing to replace')
    const next = createPrescribing(session, pair, { txid: txidIn(id), form: { ...form, quantity: '7' } })
    await next.goOn()
    const second = (await next.sign()) ?? ''
    await one.look()
    expect(one.view.value?.end).toBe('replaced')
    await carried(stage)
    const all = (await slipsOf(stage)).slips.value ?? []
    const kinds = new Map(all.map(({ ref, seen }) => [ref.split('.').at(-1), seen?.kind]))
    expect([kinds.get(id), kinds.get(second)]).toEqual(['replaced', 'ready'])
  })

  it('says why one was not issued', async () => {
    const stage = await rxStage()
    stage.ledger.refusal = { status: 403, code: 'ledger/not-a-member' }
    const id = await prescribed(stage)
    const listed = createIssuedScreen(sessionOf(stage.doctor))
    await listed.load()
    expect(listed.all.value).toMatchObject([{ id, stage: 'not-sent', code: 'ledger/not-a-member' }])
  })

  it('is destroyed in the book and in the thread, and the patient keeps the slip', async () => {
    const stage = await rxStage()
    const { doctor } = stage
    const id = await prescribed(stage)
    const one = await oneOf(stage, id)
    await carried(stage)
    const holdsSecret = async (): Promise<boolean> => {
      const { rows } = sessionOf(doctor).unlocked
      const all = (await Promise.all(['file/', 'message/', 'ledger-errand/'].map(rows.range))).flat()
      return all.some(
        ([, bytes]) => Buffer.from(bytes).includes(medicine) || Buffer.from(bytes).includes('RX:'),
      )
    }
    expect(await holdsSecret()).toBe(true)
    await one.shred()
    expect(one.task.error.value).toBeNull()
    expect(one.view.value).toMatchObject({ isShredded: true, medicine: '', patientId: '', stage: 'final' })
    expect(await holdsSecret()).toBe(false)
    expect(sessionOf(doctor).pairs.value[0]?.last?.fileName).toBe('—')
    expect((await threadOf(doctor)).map(({ fileName }) => fileName)).toEqual(['—'])
    expect((await slipsOf(stage)).slips.value).toMatchObject([{ medicine, isOurs: true }])
    // Again, as after a page that died in between.
    await one.shred()
    expect(one.task.error.value).toBeNull()
  })

  it('shows no slip as theirs that somebody else signed', async () => {
    const stage = await rxStage()
    await oneOf(stage, await prescribed(stage))
    await carried(stage)
    const { rows } = sessionOf(stage.patient).unlocked
    const [key, bytes] = (await rows.range('slip/'))[0] ?? ['', new Uint8Array()]
    const row = CborFields.decode(bytes, ['v', 'pair', 'kid', 'content'])
    const [pair, content] = [row.text('pair'), row.bytes('content')]
    await rows.write([[key, encodeCbor({ v: 1, pair, kid: 'somebody else', content })]])
    const all = (await slipsOf(stage)).slips.value ?? []
    expect(all.map(({ isOurs, seen }) => [isOurs, seen])).toEqual([[false, null]])
  })
})
