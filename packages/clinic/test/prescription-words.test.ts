import {
  bodyOf,
  canDispense,
  duplicatesAmong,
  judgeAtCounter,
  medicineIn,
  namesOther,
  outcomeOf,
  readBody,
  requireTerms,
} from '@chartseal/clinic/prescriptions'
import { decodeUtf8, encodeUtf8 } from '@chartseal/core/encoding'
import type { CheckedBundle, PrescriptionState } from '@chartseal/emr-ledger'
import { expirySeconds, readMedicationRequest } from '@chartseal/emr-ledger/fhir'
import { codeOf } from '@chartseal/testkit'
import { describe, expect, it } from 'vitest'

const body = bodyOf({
  content: { medicine: 'Amoxicillin 500 mg', dosage: 'One a day' },
  patientId: 'p-1',
  quantity: 2,
  validUntil: 2_000n,
})
const request = JSON.parse(decodeUtf8(body))
const withMore = (more: object): Uint8Array => encodeUtf8(JSON.stringify({ ...request, ...more }))
const none = { medicine: '', dosage: '', patient: '', unit: '', each: 0 }
const brokenText = Uint8Array.of(0xff, 0xfe)

describe('the words of a body', () => {
  it('are those of a text that is no request, and none where it is no text', () => {
    expect(medicineIn(encodeUtf8('Aspirin'))).toEqual({ ...none, medicine: 'Aspirin' })
    expect(medicineIn(encodeUtf8('[1]')).medicine).toBe('[1]')
    expect(medicineIn(brokenText)).toEqual(none)
  })

  it('are its bytes where a request says what nobody would be shown', async () => {
    const hostile = withMore({ doNotPerform: true })
    expect(medicineIn(hostile).medicine).toBe(decodeUtf8(hostile))
    expect(await codeOf(() => readBody(brokenText, 'en'))).toBe('encoding/invalid')
  })

  it('have no dosage where the request says none', () => {
    const { dosageInstruction: _, ...rest } = request
    expect(medicineIn(encodeUtf8(JSON.stringify(rest)))).toEqual({
      ...none,
      medicine: 'Amoxicillin 500 mg',
      each: 2,
    })
  })

  it('say whom it is for, and what is given out at a time, where the request does', () => {
    const counted = (quantity: object): object => ({ dispenseRequest: { quantity } })
    const named = { subject: { ...request.subject, display: 'Rosa Weiss' } }
    expect(medicineIn(withMore({ ...named, ...counted({ value: 30, unit: 'tablets' }) }))).toMatchObject({
      patient: 'Rosa Weiss',
      unit: 'tablets',
      each: 30,
    })
    expect(medicineIn(withMore(counted({ value: 0.5, unit: 'boxes' })))).toMatchObject({
      unit: 'boxes',
      each: 0,
    })
  })

  it('make two texts duplicates, and two that cannot be read as well', () => {
    const text = { body: encodeUtf8('Aspirin'), patientId: 'p' }
    const same = { body: encodeUtf8('ASPIRIN '), patientId: 'p' }
    const request = { body, patientId: 'p' }
    expect(duplicatesAmong([text, same, request])).toEqual([[text, same]])
  })
})

describe('the patient whom a request names', () => {
  const about = (subject: object) => namesOther({ body: withMore({ subject }), patientId: 'p-1' })

  it('is another where neither identifier nor reference is the one who is meant', () => {
    expect(about({ identifier: { value: 'p-2' }, display: 'Ana' })).toBe('Ana')
    expect(about({ reference: 'Patient/p-2' })).toBe('Patient/p-2')
  })

  it('is none where one of them is, and in a text', () => {
    expect(about({ reference: 'Patient/p-1' })).toBeNull()
    expect(about({ identifier: { value: 'p-1' }, reference: 'Patient/p-2' })).toBeNull()
    for (const text of [encodeUtf8('Aspirin'), brokenText])
      expect(namesOther({ body: text, patientId: 'p-1' })).toBeNull()
  })
})

describe('terms', () => {
  const end = '2030-01-31'
  const dated = withMore({
    dispenseRequest: { ...request.dispenseRequest, validityPeriod: { end } },
  })

  it('are not asked for of a text', async () => {
    const terms = { quantity: 1, validUntil: 1n }
    expect(await codeOf(() => requireTerms(encodeUtf8('Aspirin'), terms))).toBe('accepted')
    expect(await codeOf(() => requireTerms(brokenText, terms))).toBe('accepted')
  })

  it('must say the end that the ledger counts', async () => {
    const validUntil = expirySeconds(readMedicationRequest(dated).order)
    if (validUntil === null) throw new Error('no end')
    expect(await codeOf(() => requireTerms(dated, { quantity: 2, validUntil }))).toBe('accepted')
    for (const terms of [
      { quantity: 2, validUntil: validUntil + 1n },
      { quantity: 1, validUntil },
    ])
      expect(await codeOf(() => requireTerms(dated, terms))).toBe('prescription/other-terms')
  })
})

describe('a counter', () => {
  const txid = new Uint8Array(32).fill(1)
  const state: PrescriptionState = {
    status: 'ready',
    prescriber: new Uint8Array(32),
    quantity: 3,
    dispensed: 0,
    validUntil: 2_000n,
    last: txid,
    replacedBy: null,
  }
  const bundle = (
    of: PrescriptionState | null,
    finality: CheckedBundle['finality'] = { kind: 'final' },
    about: Uint8Array = txid,
  ): CheckedBundle =>
    Object.assign(Object.create(null), {
      asOf: 1_000n,
      finality,
      prescription: { txid: about, state: of, changes: [] },
    })
  const slip = Object.assign(Object.create(null), { record: { txid } })
  const word = (checked: CheckedBundle | null, depth?: number, nowSeconds = 1_000n): string =>
    judgeAtCounter(slip, checked, { nowSeconds, depth }).kind

  it('says one word of what is proven, and gives out upon two of them alone', () => {
    const other = new Uint8Array(32).fill(2)
    for (const [expected, checked] of [
      ['ready', bundle(state)],
      ['partly', bundle({ ...state, status: 'partly', dispensed: 1 })],
      ['dispensed', bundle({ ...state, status: 'dispensed', dispensed: 3 })],
      ['cancelled', bundle({ ...state, status: 'cancelled' })],
      ['replaced', bundle({ ...state, status: 'replaced', replacedBy: other })],
      ['not-final-yet', bundle(null)],
      ['offline', null],
    ] as const) {
      expect(word(checked)).toBe(expected)
      const verdict = judgeAtCounter(slip, checked, { nowSeconds: 1_000n })
      expect(canDispense(verdict)).toBe(expected === 'ready' || expected === 'partly')
    }
  })

  it('says that it has expired by the later of its clock and the head', () => {
    expect(word(bundle(state), undefined, 2_000n)).toBe('expired')
    expect(word(bundle({ ...state, validUntil: 1_000n }), undefined, 1n)).toBe('expired')
  })

  it('waits under proof of work for the depth that was named, and for ever where none was', () => {
    const buried = bundle(state, { kind: 'reversible', depth: 5 })
    expect([word(buried), word(buried, 6), word(buried, 5)]).toEqual([
      'not-final-yet',
      'not-final-yet',
      'ready',
    ])
  })

  it('refuses a proof about another prescription', async () => {
    const wrong = bundle(state, { kind: 'final' }, new Uint8Array(32).fill(9))
    expect(await codeOf(() => judgeAtCounter(slip, wrong, { nowSeconds: 1n }))).toBe(
      'prescription/other-proof',
    )
  })
})

describe('what became of a cancellation', () => {
  const [prescription, own, other] = [1, 2, 3].map(byte => new Uint8Array(32).fill(byte))
  const signer = new Uint8Array(32).fill(7)
  const about = { prescription, previous: prescription, signer, seq: 5n }
  const record = Object.assign(Object.create(null), { txid: own, claims: { kind: 'cancel', ...about } })
  const checked = (of: object, more: object = {}): CheckedBundle =>
    Object.assign(Object.create(null), {
      finality: { kind: 'final' },
      signer: null,
      prescription: { txid: prescription, state: { last: other }, changes: [], isComplete: false, ...of },
      ...more,
    })

  it('is read from a proof that is final, about its prescription', async () => {
    expect(outcomeOf(record, checked({}, { finality: { kind: 'reversible', depth: 1 } }))).toBe('unknown')
    const wrong = (): unknown => outcomeOf(record, checked({ txid: other }))
    expect(await codeOf(wrong)).toBe('prescription/other-proof')
  })

  it('is never once its number is used, its place is taken, or all changes are there without it', () => {
    const numbered = { signer: { kid: signer, nextSeq: 6n } }
    expect(outcomeOf(record, checked({ state: null }))).toBe('unknown')
    expect(outcomeOf(record, checked({ state: null }, numbered))).toBe('never')
    expect(outcomeOf(record, checked({ state: { last: prescription } }))).toBe('unknown')
    expect(outcomeOf(record, checked({ state: { last: prescription } }, numbered))).toBe('never')
    expect(outcomeOf(record, checked({}))).toBe('unknown')
    expect(outcomeOf(record, checked({ isComplete: true }))).toBe('never')
    const taken = { txid: other, claims: { previous: prescription } }
    expect(outcomeOf(record, checked({ changes: [taken] }))).toBe('never')
    expect(outcomeOf(record, checked({ changes: [{ txid: own, claims: about }] }))).toBe('final')
  })
})
