import { decodeUtf8, encodeUtf8 } from '@chartseal/core/encoding'
import { ChartsealError } from '@chartseal/core/errors'
import {
  Decimal,
  type MedicationOrder,
  medicationError,
  prescriptionOfBody,
  readMedicationRequest,
  requireComplete,
  termsOf,
  unitsOf,
  writeMedicationRequest,
} from '@chartseal/emr-ledger/fhir'
import { codeOf, codesRaised } from '@chartseal/testkit'
import { describe, expect, it } from 'vitest'
import { releases, rosa } from './fhir-forms.js'

// Those of signatures are raised in provenance.test.ts.
const ofSignatures = ['bad-jws', 'unknown-key', 'wrong-signature', 'other-target'].map(
  name => `medication/${name}`,
)
const expectCode = codesRaised(medicationError, ofSignatures)

/** A resource as another system would have sent it. */
const sent = (release: 'R4' | 'R5' = 'R4', order: MedicationOrder = rosa) =>
  JSON.parse(decodeUtf8(writeMedicationRequest(order, release)))
const bytesOf = (resource: unknown): Uint8Array => encodeUtf8(JSON.stringify(resource))
const read = (resource: unknown) => readMedicationRequest(bytesOf(resource))

function contextOf(attempt: () => unknown): unknown {
  try {
    return attempt()
  } catch (error) {
    return error instanceof ChartsealError ? error.context : error
  }
}

describe('a MedicationRequest of others', () => {
  it('is refused where something changes the meaning of the rest', async () => {
    const modifierExtension = [{ url: 'https://example.org/not', valueBoolean: true }]
    for (const [more, path] of [
      [{ modifierExtension }, 'modifierExtension'],
      [{ implicitRules: 'https://example.org/rules' }, 'implicitRules'],
      [{ _implicitRules: { id: 'x' } }, '(unknown)'],
      [{ dosageInstruction: [{ text: 'daily', modifierExtension }] }, 'dosageInstruction'],
      [{ contained: [{ resourceType: 'Medication', modifierExtension }] }, 'contained'],
      [{ rosaparks: { modifierExtension } }, '(unknown)'],
      [{ doNotPerform: true }, 'doNotPerform'],
      [{ doNotPerform: null }, 'doNotPerform'],
      [{ reportedBoolean: true }, 'reportedBoolean'],
      [{ reported: true }, 'reported'],
    ] as const) {
      const resource = { ...sent(), ...more }
      await expectCode('medication/modifier', () => read(resource))
      expect(contextOf(() => read(resource))).toEqual({ path })
    }
    expect(read({ ...sent(), note: [{ text: 'a\r\nb' }] }).order.notes).toEqual(['a\r\nb'])
    expect(read({ ...sent(), doNotPerform: false, reportedBoolean: false }).order).toEqual(rosa)
  })

  it('is refused with what no form has, and an error repeats no name that FHIR does not define', async () => {
    const resource = {
      ...sent(),
      rosaparks: 1,
      hiv: 2,
      _status: {},
      medicationReference: { reference: '#x' },
      dispenseRequest: { ...sent().dispenseRequest, initialFill: {} },
    }
    await expectCode('medication/not-kept', () => read(resource))
    expect(contextOf(() => read(resource))).toEqual({ paths: ['dispenseRequest.initialFill'] })
    delete resource.dispenseRequest.initialFill
    expect(contextOf(() => read(resource))).toEqual({ paths: ['(unknown)', 'medicationReference'] })
    expect(contextOf(() => read({ ...sent(), subject: { ...sent().subject, rosaparks: 1 } }))).toEqual({
      paths: ['subject.(unknown)'],
    })
    for (const dosage of [{ text: 'daily', rosaparks: 1 }, { rosaparks: 1 }])
      expect(JSON.stringify(contextOf(() => read({ ...sent(), dosageInstruction: [dosage] })))).not.toContain(
        'parks',
      )
  })

  it('must have what every order has', async () => {
    for (const name of ['status', 'intent', 'subject', 'medicationCodeableConcept']) {
      const { [name]: _, ...rest } = sent()
      await expectCode('medication/missing', () => read(rest))
      expect(contextOf(() => read(rest))).toEqual({ path: name })
    }
    expect(contextOf(() => readMedicationRequest(bytesOf(sent('R5')), 'R4'))).toEqual({
      path: 'medicationCodeableConcept',
    })
    expect(contextOf(() => readMedicationRequest(bytesOf(sent('R4')), 'R5'))).toEqual({ path: 'medication' })
  })

  it('must have each element in its form', async () => {
    const dispense = (more: object): object => ({ dispenseRequest: { ...sent().dispenseRequest, ...more } })
    const quantity = (value: unknown): object => dispense({ quantity: { value, unit: 'tablet' } })
    for (const [more, path] of [
      [{ resourceType: 'Patient' }, 'resourceType'],
      [{ status: 'draft' }, 'status'],
      [{ intent: 'plan' }, 'intent'],
      [{ id: 'a b' }, 'id'],
      [{ id: 7 }, 'id'],
      [{ subject: {} }, 'subject'],
      [{ subject: { display: 'Rosa' } }, 'subject'],
      [{ subject: [] }, 'subject'],
      [{ authoredOn: '2026-02-30' }, 'authoredOn'],
      [{ authoredOn: '2026-02-28T10:00' }, 'authoredOn'],
      [{ note: [] }, 'note'],
      [{ note: {} }, 'note'],
      [{ note: [{ text: 'a\u202eb' }] }, 'note[0].text'],
      [{ note: [{ text: ' ' }] }, 'note[0].text'],
      [{ note: [{ text: 'a\rb' }] }, 'note[0].text'],
      [
        { medicationCodeableConcept: { text: 'x', coding: [{ system: 'a b', code: 'c' }] } },
        'medicationCodeableConcept.coding[0].system',
      ],
      [
        { medicationCodeableConcept: { text: 'x', coding: [{ system: 's', code: ' c' }] } },
        'medicationCodeableConcept.coding[0].code',
      ],
      [{ note: [{ text: 'a\u0000' }] }, 'note[0].text'],
      [{ medicationCodeableConcept: {} }, 'medicationCodeableConcept'],
      [{ medicationCodeableConcept: { coding: [{ system: 's', code: 'c' }] } }, 'medicationCodeableConcept'],
      [{ substitution: { allowedBoolean: 'yes' } }, 'substitution.allowedBoolean'],
      [quantity('30'), 'dispenseRequest.quantity.value'],
      [quantity(0), 'dispenseRequest.quantity.value'],
      [quantity(-1), 'dispenseRequest.quantity.value'],
      [quantity(1e21), 'dispenseRequest.quantity.value'],
      [dispense({ numberOfRepeatsAllowed: 1.5 }), 'dispenseRequest.numberOfRepeatsAllowed'],
      [dispense({ numberOfRepeatsAllowed: -1 }), 'dispenseRequest.numberOfRepeatsAllowed'],
      [dispense({ validityPeriod: { end: '2026-11' } }), 'dispenseRequest.validityPeriod.end'],
    ] as const) {
      const resource = { ...sent(), ...more }
      await expectCode('medication/invalid', () => read(resource))
      expect(contextOf(() => read(resource))).toMatchObject({ path })
    }
    const exponent = decodeUtf8(bytesOf(sent())).replace('"value":30', '"value":3e1')
    expect(await codeOf(() => readMedicationRequest(encodeUtf8(exponent)))).toBe('medication/invalid')
    const endless = decodeUtf8(bytesOf(sent())).replace('"value":30', `"value":${'3'.repeat(19)}`)
    expect(contextOf(() => readMedicationRequest(encodeUtf8(endless)))).toMatchObject({ path: '$' })
  })

  it('is refused where its dosage has no words, or its text cannot be seen', async () => {
    const untold = { ...sent(), dosageInstruction: [{ maxDosePerPeriod: {} }] }
    await expectCode('medication/not-told', () => read(untold))
    expect(contextOf(() => read(untold))).toMatchObject({ path: 'dosageInstruction' })
    const rendered = { ...sent('R5'), dosageInstruction: undefined, renderedDosageInstruction: 'daily' }
    expect(read(rendered).order.dosage).toBe('daily')
    const hidden = {
      ...sent(),
      dosageInstruction: [{ additionalInstruction: [{ text: 'a\u202e' }], text: 'daily' }],
    }
    expect(await codeOf(() => read(hidden))).toBe('medication/invalid')
  })

  it('is bounded, and is JSON that means one thing', async () => {
    await expectCode('medication/too-large', () => readMedicationRequest(new Uint8Array(65_537)))
    for (const text of ['', '[', '{"a":1,"a":2}', `${'['.repeat(200)}${']'.repeat(200)}`])
      expect(await codeOf(() => readMedicationRequest(encodeUtf8(text)))).toBe('json/invalid')
    expect(await codeOf(() => readMedicationRequest(Uint8Array.of(0xff)))).toBe('encoding/invalid')
    for (const value of [null, 7, 'x', true, []])
      expect(await codeOf(() => read(value))).toBe('medication/invalid')
  })
})

describe('a form', () => {
  it('is refused before it is written', async () => {
    for (const change of [
      { id: '' },
      { id: 'a b' },
      { patient: { ...rosa.patient, reference: null } },
      { patient: { ...rosa.patient, display: '' } },
      { prescriber: { reference: null, identifier: { system: '', value: 'x' }, display: null } },
      { authoredOn: 'yesterday' },
      { dosage: ' daily' },
      { notes: ['\ufeff'] },
      { quantity: { ...rosa.quantity, value: '01' } },
      { quantity: { ...rosa.quantity, value: '1e3' } },
      { quantity: { ...rosa.quantity, value: '0.00' } },
      { quantity: { ...rosa.quantity, unit: '' } },
      { quantity: { ...rosa.quantity, coded: { system: 's', code: '' } } },
      { repeats: -1 },
      { repeats: 0.5 },
      { validFrom: '2026-13' },
      { validUntil: '2026-11' },
      { medicine: { text: '', codings: [] } },
      { medicine: { text: 'x', codings: [{ system: 's', code: 'c', version: '', display: null }] } },
      { medicine: { text: 'x', codings: [{ system: 's', code: 'c', version: null, display: '' }] } },
    ])
      for (const release of releases)
        await expectCode('medication/invalid', () => writeMedicationRequest({ ...rosa, ...change }, release))
  })

  it('has a number of units that the ledger can count', async () => {
    const many = { ...rosa, quantity: { ...rosa.quantity, value: '4294967295' } }
    expect(unitsOf({ ...many, repeats: 0 }).count).toBe(4_294_967_295)
    await expectCode('medication/not-countable', () => writeMedicationRequest(many, 'R4'))
    await expectCode('medication/not-countable', () => read(sentQuantity(4_294_967_296)))
    expect(() => new Decimal('1.')).toThrow(RangeError)
  })

  it('is the body of a record whose terms it has', async () => {
    const terms = termsOf(rosa)
    expect(terms).toEqual({ quantity: 90, validUntil: BigInt(Date.UTC(2027, 2, 1, 12) / 1000) })
    const body = writeMedicationRequest(rosa, 'R5')
    expect(prescriptionOfBody(body, terms)).toEqual(rosa)
    for (const other of [{ quantity: 91 }, { validUntil: terms.validUntil + 1n }])
      await expectCode('medication/other-terms', () => prescriptionOfBody(body, { ...terms, ...other }))
    const open = writeMedicationRequest({ ...rosa, dosage: null }, 'R4')
    await expectCode('medication/missing', () => prescriptionOfBody(open, terms))
  })

  it('must be complete for the ledger', async () => {
    for (const [name, path] of [
      ['id', 'id'],
      ['prescriber', 'requester'],
      ['authoredOn', 'authoredOn'],
      ['dosage', 'dosageInstruction'],
      ['quantity', 'dispenseRequest.quantity'],
      ['validUntil', 'dispenseRequest.validityPeriod.end'],
    ] as const) {
      const open = { ...rosa, [name]: null }
      await expectCode('medication/missing', () => requireComplete(open))
      expect(contextOf(() => requireComplete(open))).toEqual({ path })
    }
  })
})

function sentQuantity(value: number): object {
  return { ...sent(), dispenseRequest: { quantity: { value, unit: 'tablet' } } }
}
