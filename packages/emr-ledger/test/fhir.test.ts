import { decodeUtf8, encodeUtf8 } from '@chartseal/core/encoding'
import {
  amountOf,
  dispensingOf,
  expirySeconds,
  readMedicationRequest,
  requireComplete,
  unitsOf,
  writeMedicationDispense,
  writeMedicationRequest,
} from '@chartseal/emr-ledger/fhir'
import { propertyRuns } from '@chartseal/testkit'
import { type ElementsR5, findingsR4, findingsR5, lackingR4 } from '@chartseal/testkit/fhir'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { anyOrder, drops, given, releases, rosa, sharedR5 } from './fhir-forms.js'

const json = (bytes: Uint8Array) => JSON.parse(decodeUtf8(bytes))

const requestR5: ElementsR5 = {
  ...sharedR5,
  '': {
    must: ['resourceType', 'status', 'intent', 'medication', 'subject'],
    may: ['id', 'authoredOn', 'requester', 'note', 'dosageInstruction', 'dispenseRequest', 'substitution'],
  },
  dispenseRequest: { must: [], may: ['validityPeriod', 'numberOfRepeatsAllowed', 'quantity'] },
  'dispenseRequest.validityPeriod': { must: [], may: ['start', 'end'] },
  'dispenseRequest.quantity': { must: [], may: ['value', 'unit', 'system', 'code'] },
  substitution: { must: ['allowedBoolean'], may: ['reason'] },
}

describe('a MedicationRequest', () => {
  it.each(releases)('of %s gives back the order it was made from', release => {
    fc.assert(
      fc.property(anyOrder, order => {
        const read = readMedicationRequest(writeMedicationRequest(order, release))
        expect(read).toEqual({
          order,
          release,
          passedOver: [],
        })
      }),
      propertyRuns(100, 30),
    )
  })

  it('of R4 agrees with the JSON schema of FHIR 4.0.1', () => {
    const wrong = { ...json(writeMedicationRequest(rosa, 'R4')), medication: {} }
    expect(findingsR4('MedicationRequest', wrong).length).toBeGreaterThan(0)
    fc.assert(
      fc.property(anyOrder, order => {
        expect(findingsR4('MedicationRequest', json(writeMedicationRequest(order, 'R4')))).toEqual([])
      }),
      propertyRuns(100, 30),
    )
  })

  it('of R4 has what its StructureDefinition asks for, as a MedicationDispense has', () => {
    const request = json(writeMedicationRequest(rosa, 'R4'))
    expect(lackingR4('MedicationRequest', request)).toEqual([])
    for (const name of ['status', 'intent', 'medicationCodeableConcept', 'subject']) {
      const { [name]: _, ...rest } = request
      expect(lackingR4('MedicationRequest', rest)).toHaveLength(1)
    }
    expect(lackingR4('MedicationRequest', { ...request, substitution: {} })).toHaveLength(1)
    const dispense = json(writeMedicationDispense(dispensingOf(rosa, 1, given), 'R4'))
    expect(lackingR4('MedicationDispense', dispense)).toEqual([])
    expect(lackingR4('MedicationDispense', { ...dispense, performer: [{}] })).toHaveLength(1)
  })

  it('of R5 has the elements of FHIR 5.0.0 that must be there, and no others', () => {
    expect(findingsR5(requestR5, json(writeMedicationRequest(rosa, 'R4')))).toContain(' lacks medication')
    fc.assert(
      fc.property(anyOrder, order => {
        expect(findingsR5(requestR5, json(writeMedicationRequest(order, 'R5')))).toEqual([])
      }),
      propertyRuns(100, 30),
    )
  })

  it('keeps the digits that a doctor wrote', () => {
    for (const release of releases) {
      const bytes = writeMedicationRequest(drops, release)
      expect(decodeUtf8(bytes)).toContain('"value":1.50,')
      expect(readMedicationRequest(bytes).order.quantity?.value).toBe('1.50')
    }
  })

  it('names the medicine where its release has it', () => {
    const [r4, r5] = releases.map(release => json(writeMedicationRequest(rosa, release)))
    expect([r4.medicationCodeableConcept, r5.medication.concept]).toEqual([
      expect.objectContaining({ text: rosa.medicine.text }),
      r4.medicationCodeableConcept,
    ])
    expect([r4.medication, r5.medicationCodeableConcept]).toEqual([undefined, undefined])
  })

  it('passes over what says nothing of the medicine, by name', () => {
    const more = {
      meta: { tag: [] },
      encounter: { reference: 'Encounter/1' },
      reasonCode: [{ text: 'pain' }],
      extension: [{ url: 'https://example.org/x', valueBoolean: true }],
    }
    const bytes = encodeUtf8(
      JSON.stringify({ ...json(writeMedicationRequest(rosa, 'R4')), ...more }, null, 2),
    )
    const read = readMedicationRequest(bytes)
    expect(read.order).toEqual(rosa)
    expect(read.passedOver).toEqual(['meta', 'encounter', 'reasonCode', 'extension'])
  })

  it('tells a dosage in parts, with the digits it was written with', () => {
    const doseAndRate = '[{"doseQuantity":{"value":2.50,"unit":"ml"}}]'
    const repeat = '{"repeat":{"frequency":2,"period":1,"periodUnit":"d"}}'
    const request = decodeUtf8(writeMedicationRequest(drops, 'R4')).replace(
      /"dosageInstruction":\[.*?\]/,
      `"dosageInstruction":[{"timing":${repeat},"doseAndRate":${doseAndRate}}]`,
    )
    expect(readMedicationRequest(encodeUtf8(request)).order.dosage).toBe('2.50 ml, 2 times in 1 day')
  })
})

describe('the units of a prescription', () => {
  it('are those of a whole quantity, or as many as are given out', () => {
    expect(unitsOf(rosa)).toEqual({ count: 90, each: { ...rosa.quantity, value: '1' } })
    expect(unitsOf(drops)).toEqual({ count: 3, each: drops.quantity })
    expect(unitsOf({ ...drops, repeats: 0 }).count).toBe(1)
  })

  it('add up exactly', () => {
    expect(amountOf(3, drops.quantity).value).toBe('4.50')
    expect(amountOf(7, { ...drops.quantity, value: '0.05' }).value).toBe('0.35')
    expect(amountOf(30, { ...drops.quantity, value: '1' }).value).toBe('30')
    const scaled = (value: string): bigint => BigInt(Number(value.replace('.', '')))
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 9999 }),
        fc.integer({ min: 1, max: 999_999 }),
        (count, thousandths) => {
          const value = `${Math.floor(thousandths / 1000)}.${`${thousandths % 1000}`.padStart(3, '0')}`
          const sum = amountOf(count, { value, unit: 'ml', coded: null }).value
          expect(scaled(sum)).toBe(BigInt(count * thousandths))
          expect(sum.split('.')[1]).toHaveLength(3)
        },
      ),
      propertyRuns(100, 30),
    )
    for (const count of [0, -1, 0.5, 2 ** 32])
      expect(() => amountOf(count, drops.quantity)).toThrow(RangeError)
  })
})

describe('the end of a prescription', () => {
  it('is that of its day everywhere, or of its second', () => {
    const until = (validUntil: string): bigint => expirySeconds({ validUntil })
    const seconds = (text: string): bigint => BigInt(Date.parse(text) / 1000)
    expect(until('2027-02-28')).toBe(seconds('2027-03-01T12:00:00Z'))
    expect(until('2027-02-28T10:00:00+01:00')).toBe(seconds('2027-02-28T09:00:01Z'))
    expect(until('2027-02-28T09:00:00.999Z')).toBe(seconds('2027-02-28T09:00:01Z'))
  })
})

it('a complete order is a prescription', () => {
  expect(requireComplete(rosa)).toEqual(rosa)
})
