import { encodeUtf8 } from '@chartseal/core/encoding'
import { type Claims, commit, prepare } from '@chartseal/emr-ledger'
import {
  bodyText,
  dispensingOf,
  dispensingText,
  prescriptionText,
  termsOf,
  writeMedicationRequest,
} from '@chartseal/emr-ledger/fhir'
import { propertyRuns } from '@chartseal/testkit'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { anyOrder, drops, given, rosa } from './fhir-forms.js'

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
