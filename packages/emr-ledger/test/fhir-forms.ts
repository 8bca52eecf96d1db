import type { Dispensing, MedicationOrder, Party, Prescription } from '@chartseal/emr-ledger/fhir'
import type { ElementsR5 } from '@chartseal/testkit/fhir'
import fc from 'fast-check'

export const releases = ['R4', 'R5'] as const

export const party = (reference: string, display: string | null = null): Party => ({
  reference,
  identifier: null,
  display,
})

export const rosa: Prescription = {
  id: 'rx-1',
  patient: party('Patient/rosa', 'Rosa Parks'),
  prescriber: party('Practitioner/okafor', 'Dr. Okafor'),
  authoredOn: '2026-11-30T09:00:00+01:00',
  medicine: {
    text: 'Ibuprofen 400 mg tablet',
    codings: [
      {
        system: 'http://www.nlm.nih.gov/research/umls/rxnorm',
        version: null,
        code: '197806',
        display: 'ibuprofen 600 MG Oral Tablet',
      },
    ],
  },
  dosage: '1 tablet, 3 times a day, with food',
  quantity: { value: '30', unit: 'tablet', coded: { system: 'http://unitsofmeasure.org', code: '{tbl}' } },
  repeats: 2,
  substitution: true,
  validFrom: null,
  validUntil: '2027-02-28',
  notes: ['Stop when the pain is gone.'],
}

/** What a pharmacist adds. */
export const given = {
  id: 'd-1',
  dispenser: party('Practitioner/lee', 'Lee'),
  handedOver: '2026-12-01',
  txid: null,
}

export const drops: Prescription = {
  ...rosa,
  quantity: { value: '1.50', unit: 'ml', coded: null },
  substitution: null,
  notes: [],
}

const text = fc
  .string({ unit: fc.constantFrom(...'abzÁñü09 .,"\\/<&é€漢字\t\n'), minLength: 1, maxLength: 30 })
  .map(word => word.trim())
  .filter(word => word !== '')
const id = fc.stringMatching(/^[A-Za-z0-9.-]{1,64}$/)
const uri = id.map(name => `https://example.org/${name}`)
const token = fc.array(id, { minLength: 1, maxLength: 2 }).map(words => words.join(' '))
const maybe = <Value>(value: fc.Arbitrary<Value>): fc.Arbitrary<Value | null> =>
  fc.option(value, { nil: null })
const anyParty: fc.Arbitrary<Party> = fc
  .record({
    reference: maybe(id.map(name => `Patient/${name}`)),
    identifier: maybe(fc.record({ system: maybe(uri), value: text })),
    display: maybe(text),
  })
  .filter(({ reference, identifier }) => reference !== null || identifier !== null)
const digits = fc.oneof(
  fc.integer({ min: 1, max: 999 }).map(String),
  fc
    .tuple(fc.integer({ min: 0, max: 99 }), fc.stringMatching(/^[0-9]{0,4}[1-9]0{0,2}$/))
    .map(part => part.join('.')),
)
// A unit without words is read as its code.
const amount = fc
  .record({ value: digits, unit: maybe(text), coded: maybe(fc.record({ system: uri, code: token })) })
  .map(({ value, unit, coded }) => ({ value, unit: unit ?? coded?.code ?? null, coded }))
const medicine = fc.record({
  text,
  codings: fc.array(fc.record({ system: uri, version: maybe(text), code: token, display: maybe(text) }), {
    maxLength: 2,
  }),
})
const day = fc
  .date({ min: new Date(0), max: new Date(4e12), noInvalidDate: true })
  .map(date => date.toISOString().slice(0, 10))
const instant = fc
  .tuple(day, fc.constantFrom('T00:00:00Z', 'T23:59:59.999-11:30', 'T10:00:00.5+02:00'))
  .map(([date, time]) => date + time)
const dateTime = fc.oneof(
  day,
  instant,
  day.map(date => date.slice(0, 4)),
  day.map(date => date.slice(0, 7)),
)

export const anyOrder: fc.Arbitrary<MedicationOrder> = fc.record({
  id: maybe(id),
  patient: anyParty,
  prescriber: maybe(anyParty),
  authoredOn: maybe(dateTime),
  medicine,
  dosage: maybe(text),
  quantity: maybe(amount),
  repeats: fc.integer({ min: 0, max: 99 }),
  substitution: maybe(fc.boolean()),
  validFrom: maybe(dateTime),
  validUntil: maybe(fc.oneof(day, instant)),
  notes: fc.array(text, { maxLength: 2 }),
})

export const anyDispensing: fc.Arbitrary<Dispensing> = fc.record({
  id,
  prescription: id.map(name => `MedicationRequest/${name}`),
  patient: anyParty,
  dispenser: anyParty,
  medicine,
  dosage: maybe(text),
  quantity: amount,
  handedOver: dateTime,
  notes: fc.array(text, { maxLength: 2 }),
  txid: maybe(fc.uint8Array({ minLength: 32, maxLength: 32 })),
})

/** The part of FHIR 5.0.0 that these resources use, as cardinalities. */
export const sharedR5: ElementsR5 = {
  medication: { must: ['concept'], may: [] },
  'medication.concept': { must: [], may: ['coding', 'text'] },
  subject: { must: [], may: ['reference', 'identifier', 'display'] },
  'note[]': { must: ['text'], may: ['time'] },
  'dosageInstruction[]': { must: [], may: ['text'] },
}
