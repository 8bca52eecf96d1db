import { decodeUtf8, encodeUtf8 } from '@chartseal/core/encoding'
import { type Claims, commit, prepare } from '@chartseal/emr-ledger'
import {
  amountOf,
  bodyText,
  type Dispensing,
  dispensingOf,
  dispensingText,
  expirySeconds,
  prescriptionText,
  readMedicationDispense,
  readMedicationRequest,
  requireComplete,
  termsOf,
  unitsOf,
  writeMedicationDispense,
  writeMedicationRequest,
} from '@chartseal/emr-ledger/fhir'
import { propertyRuns } from '@chartseal/testkit'
import { type ElementsR5, findingsR4, findingsR5, lackingR4 } from '@chartseal/testkit/fhir'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { anyDispensing, anyOrder, drops, party, releases, rosa } from './fhir-forms.js'

const json = (bytes: Uint8Array) => JSON.parse(decodeUtf8(bytes))

const given = { id: 'd-1', dispenser: party('Practitioner/lee', 'Lee'), handedOver: '2026-12-01', txid: null }

/** The part of FHIR 5.0.0 that these resources use, as cardinalities. */
const shared: ElementsR5 = {
  medication: { must: ['concept'], may: [] },
  'medication.concept': { must: [], may: ['coding', 'text'] },
  subject: { must: [], may: ['reference', 'identifier', 'display'] },
  'note[]': { must: ['text'], may: ['time'] },
  'dosageInstruction[]': { must: [], may: ['text'] },
}
const requestR5: ElementsR5 = {
  ...shared,
  '': {
    must: ['resourceType', 'id', 'status', 'intent', 'medication', 'subject'],
    may: ['authoredOn', 'requester', 'note', 'dosageInstruction', 'dispenseRequest', 'substitution'],
  },
  dispenseRequest: { must: [], may: ['validityPeriod', 'numberOfRepeatsAllowed', 'quantity'] },
  'dispenseRequest.validityPeriod': { must: [], may: ['start', 'end'] },
  'dispenseRequest.quantity': { must: [], may: ['value', 'unit', 'system', 'code'] },
  substitution: { must: ['allowedBoolean'], may: ['reason'] },
}
const dispenseR5: ElementsR5 = {
  ...shared,
  '': {
    must: ['resourceType', 'id', 'status', 'medication', 'subject'],
    may: 'identifier performer authorizingPrescription quantity whenHandedOver note dosageInstruction'.split(
      ' ',
    ),
  },
  'performer[]': { must: ['actor'], may: ['function'] },
  quantity: { must: [], may: ['value', 'unit', 'system', 'code'] },
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

describe('a MedicationDispense', () => {
  it.each(releases)('of %s gives back the dispensing it was made from', release => {
    fc.assert(
      fc.property(anyDispensing, dispensing => {
        const read = readMedicationDispense(writeMedicationDispense(dispensing, release))
        expect(read).toEqual({ dispensing, release, passedOver: [] })
      }),
      propertyRuns(100, 30),
    )
  })

  it('agrees with FHIR 4.0.1, and with the elements of 5.0.0', () => {
    fc.assert(
      fc.property(anyDispensing, dispensing => {
        expect(findingsR4('MedicationDispense', json(writeMedicationDispense(dispensing, 'R4')))).toEqual([])
        expect(findingsR5(dispenseR5, json(writeMedicationDispense(dispensing, 'R5')))).toEqual([])
      }),
      propertyRuns(100, 30),
    )
  })

  it('is so many units of a prescription', () => {
    const two = dispensingOf(drops, 2, { ...given, txid: new Uint8Array(32).fill(7) })
    expect(two).toMatchObject({
      prescription: 'MedicationRequest/rx-1',
      quantity: { value: '3.00', unit: 'ml' },
      patient: rosa.patient,
      medicine: rosa.medicine,
    } satisfies Partial<Dispensing>)
    expect(dispensingOf(rosa, 90, given).quantity.value).toBe('90')
    for (const units of [0, 91, 1.5]) expect(() => dispensingOf(rosa, units, given)).toThrow(RangeError)
    const wrong = { ...two, txid: new Uint8Array(31) }
    expect(() => writeMedicationDispense(wrong, 'R4')).toThrow(TypeError)
  })
})

describe('the text for people', () => {
  it('says all of a prescription, in English and Spanish', () => {
    expect(prescriptionText(rosa, 'en')).toBe(
      [
        'Prescription',
        'Patient: Rosa Parks, Patient/rosa',
        'Medicine: Ibuprofen 400 mg tablet',
        'Code: http://www.nlm.nih.gov/research/umls/rxnorm|197806, ibuprofen 600 MG Oral Tablet',
        'How to take it: 1 tablet, 3 times a day, with food',
        'Quantity: 30 tablet (UCUM {tbl})',
        'Repeats: 2',
        'In all: 90 tablet (UCUM {tbl})',
        'Another product instead: allowed',
        'Valid until: 2027-02-28',
        'Prescriber: Dr. Okafor, Practitioner/okafor',
        'Written on: 2026-11-30T09:00:00+01:00',
        'Number: rx-1',
        'Note: Stop when the pain is gone.',
      ].join('\n'),
    )
    const spanish = prescriptionText({ ...drops, substitution: false, validFrom: '2026-12-01' }, 'es')
    expect(spanish).toContain('Receta\nPaciente: Rosa Parks, Patient/rosa\nMedicamento: Ibuprofen')
    expect(spanish).toContain('Cantidad: 1.50 ml\nRepeticiones: 2\nEn total: 3 × 1.50 ml\n')
    expect(spanish).toContain('Otro producto en su lugar: no permitido\nVálida desde: 2026-12-01\n')
  })

  it('is what prepare shows of the content', () => {
    const rs = new Uint8Array(32)
    const [patient, body] = ['rosa', writeMedicationRequest(rosa, 'R4')]
    const commitTo = (kind: 'subject' | 'body', bytes: Uint8Array) => commit({ rs, kind, bytes })
    const claims: Claims = {
      kind: 'prescribe',
      ledger: new Uint8Array(32),
      signer: new Uint8Array(32),
      seq: 1n,
      authoredOn: 0n,
      subject: commitTo('subject', encodeUtf8(patient)),
      body: commitTo('body', body),
      reference: '',
      ...termsOf(rosa),
    }
    const { text } = prepare(claims, { ledgerName: 'Valley', content: { rs, patient, body, read: bodyText } })
    for (const line of prescriptionText(rosa, 'es').split('\n')) expect(text.es).toContain(line)
    expect(text.en).toContain('In all: 90 tablet (UCUM {tbl})')
  })

  it('says what was not told', () => {
    const open = {
      ...rosa,
      dosage: null,
      quantity: null,
      validUntil: null,
      prescriber: null,
      authoredOn: null,
    }
    const text = prescriptionText({ ...open, repeats: 0 }, 'en')
    for (const label of ['How to take it', 'Quantity', 'Valid until', 'Prescriber', 'Written on'])
      expect(text).toContain(`\n${label}: not told`)
  })

  it('says all of a dispensing', () => {
    const dispensing = dispensingOf(drops, 2, { ...given, notes: ['asked'] })
    expect(dispensingText(dispensing, 'en')).toContain(
      'Quantity: 3.00 ml\nGiven out on: 2026-12-01\nGiven out by: Lee, Practitioner/lee\nPrescription number: MedicationRequest/rx-1\nNumber: d-1\nNote: asked',
    )
    expect(dispensingText({ ...dispensing, dosage: null }, 'es')).toMatch(/^Dispensación\nPaciente: /)
  })

  it('changes with every part of a form, and has no line that a text made', () => {
    fc.assert(
      fc.property(anyOrder, anyOrder, (one, other) => {
        for (const [name, part] of Object.entries(other)) {
          const isSame =
            JSON.stringify(part) === JSON.stringify(Object.entries(one).find(([key]) => key === name)?.[1])
          const changed = prescriptionText({ ...one, [name]: part }, 'en') !== prescriptionText(one, 'en')
          expect([name, changed]).toEqual([name, !isSame])
        }
      }),
      propertyRuns(100, 30),
    )
    const text = prescriptionText({ ...rosa, notes: ['a\nQuantity: 900 tablet'] }, 'en')
    expect(text.match(/^Quantity: /gm)).toHaveLength(1)
  })
})

it('a complete order is a prescription', () => {
  expect(requireComplete(rosa)).toEqual(rosa)
})
