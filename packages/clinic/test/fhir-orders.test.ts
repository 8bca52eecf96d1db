import { readOrders } from '@chartseal/clinic'
import type { JsonValue } from '@chartseal/core/json'
import { codeOf } from '@chartseal/testkit'
import { describe, expect, it } from 'vitest'

const rosa = { resourceType: 'Patient', id: 'rosa' }
const aspirin = { medicationCodeableConcept: { text: 'Aspirin 100 mg' } }
const request = {
  resourceType: 'MedicationRequest',
  id: 'm1',
  status: 'active',
  intent: 'order',
  subject: { reference: 'Patient/rosa' },
}

type Fields = { readonly [name: string]: JsonValue }

function read(...resources: readonly JsonValue[]): ReturnType<typeof readOrders> {
  const entry = [rosa, ...resources].map((resource, i) => ({ fullUrl: `urn:uuid:${i}`, resource }))
  return readOrders({ resourceType: 'Bundle', entry })
}

/** The text of one order, or why there is none. */
function textOf(fields: Fields, ...others: readonly JsonValue[]): string {
  const { orders, leftOut } = read({ ...request, ...fields }, ...others)
  return orders[0]?.text ?? `left out: ${leftOut[0]?.reason}`
}

/** The same for a dosage. */
function dosage(...dosageInstruction: readonly JsonValue[]): string {
  return textOf({ ...aspirin, dosageInstruction }).replace('Aspirin 100 mg. ', '')
}

describe('orders of a bundle', () => {
  it('are what was decided and is in force', () => {
    for (const intent of ['order', 'original-order', 'reflex-order', 'filler-order', 'instance-order'])
      expect(textOf({ ...aspirin, intent })).toBe('Aspirin 100 mg')
    for (const intent of ['proposal', 'plan', 'option'])
      expect(textOf({ ...aspirin, intent })).toBe(`left out: its intent is ${intent}`)
    for (const status of [
      'entered-in-error',
      'cancelled',
      'on-hold',
      'stopped',
      'draft',
      'completed',
      'ended',
    ])
      expect(textOf({ ...aspirin, status })).toBe(`left out: its status is ${status}`)
    expect(textOf({ ...aspirin, status: '' })).toBe('left out: its status is missing')
    expect(textOf({ ...aspirin, intent: 7 })).toBe('left out: its intent is missing')
    expect(textOf({ ...aspirin, status: 'Rosa Parks' })).toBe('left out: its status is unknown')
  })

  it('are not what must not be given, or means what nobody here knows', () => {
    for (const doNotPerform of [true, 'true', null])
      expect(textOf({ ...aspirin, doNotPerform })).toContain('must not')
    expect(textOf({ ...aspirin, doNotPerform: false })).toBe('Aspirin 100 mg')
    const modifierExtension = [{ url: 'https://example.org/not', valueBoolean: true }]
    for (const fields of [
      { ...aspirin, modifierExtension },
      { ...aspirin, implicitRules: 'https://example.org/rules' },
      { ...aspirin, dosageInstruction: [{ text: 'daily', modifierExtension }] },
      {
        contained: [{ resourceType: 'Medication', id: 'c', code: { text: 'x' }, modifierExtension }],
        medicationReference: { reference: '#c' },
      },
    ]) {
      expect(textOf(fields)).toMatch(/^left out: .*(modifier extension|implicit rules)$/)
    }
  })

  it('name the medication by what somebody wrote, wherever it is', () => {
    const medication = { resourceType: 'Medication', id: 'w', code: { text: 'Warfarin 3 mg' } }
    const reference = (to: string, display?: string): Fields => ({
      medicationReference: display === undefined ? { reference: to } : { reference: to, display },
    })
    expect(textOf({ contained: [medication], ...reference('#w') })).toBe('Warfarin 3 mg')
    for (const to of ['Medication/w', 'Medication/w/_history/2', 'urn:uuid:2'])
      expect(textOf(reference(to), medication)).toBe('Warfarin 3 mg')
    expect(textOf({ medication: { reference: { reference: 'Medication/w' } } }, medication)).toBe(
      'Warfarin 3 mg',
    )
    expect(textOf(reference('Medication/elsewhere', 'Aspirin'))).toBe('Aspirin')
    expect(textOf(reference('Medication/w', 'Coumadin'), { ...medication, code: {} })).toBe('Coumadin')
    expect(textOf({ medication: { concept: { text: 'Lisinopril 10 mg' } } })).toBe('Lisinopril 10 mg')
    const coding = (...codings: readonly Fields[]): Fields => ({
      medicationCodeableConcept: { coding: codings },
    })
    expect(textOf(coding({ code: 'x' }, { code: 'y', display: 'Amlodipine 5 mg' }))).toBe('Amlodipine 5 mg')
    expect(textOf(coding({ system: 'urn:s', code: '197361' }))).toBe('urn:s|197361')
  })

  it('without such a name are not made up', () => {
    const nameless = 'left out: its medication has no name'
    for (const fields of [
      {},
      { medicationCodeableConcept: {} },
      { medicationCodeableConcept: { text: '  ' } },
      { medicationCodeableConcept: { coding: [{ code: '7' }] } },
      { medicationReference: { reference: '#nothing' } },
      { medicationReference: { reference: 'Medication/elsewhere' } },
    ]) {
      expect(textOf(fields)).toBe(nameless)
    }
    const entry = [rosa, request].map(resource => ({ resource }))
    expect(readOrders({ resourceType: 'Bundle', entry }).leftOut[0]?.reason).toBe(
      'its medication has no name',
    )
    expect(textOf({ ...aspirin, medicationReference: { reference: '#x' } })).toContain('two medications')
    expect(textOf({ medicationReference: { reference: 'Patient/rosa' } })).toContain('another type')
    const wrong = {
      resourceType: 'Medication',
      id: 'w',
      status: 'entered-in-error',
      code: { text: 'Warfarin' },
    }
    expect(textOf({ medicationReference: { reference: 'Medication/w' } }, wrong)).toContain(
      'entered-in-error',
    )
    const named = { ...wrong, status: 'Rosa Parks' }
    expect(textOf({ medicationReference: { reference: 'Medication/w' } }, named)).toBe(
      'left out: its medication is of an unknown status',
    )
    expect(textOf({ medicationCodeableConcept: { text: '\ud800' } })).toContain('well-formed')
  })

  it('are about the patient of the bundle', () => {
    expect(textOf({ ...aspirin, subject: { reference: 'urn:uuid:0' } })).toBe('Aspirin 100 mg')
    const other = { resourceType: 'Patient', id: 'ana' }
    for (const to of ['Patient/ana', 'Patient/nobody'])
      expect(textOf({ ...aspirin, subject: { reference: to } }, other)).toContain('somebody else')
    const entry = [{ resource: { ...request, ...aspirin } }]
    expect(readOrders({ resourceType: 'Bundle', entry }).orders).toHaveLength(1)
  })

  it('are of a day that exists', () => {
    const on = (authoredOn: string): string => textOf({ ...aspirin, authoredOn })
    for (const day of ['2026', '2026-11', '2026-11-01', '2028-02-29'])
      expect(on(day)).toBe(`Aspirin 100 mg. Ordered ${day}`)
    expect(on('2026-11-01T10:00:00+01:00')).toBe('Aspirin 100 mg. Ordered 2026-11-01')
    for (const day of ['2026-02-30', '2026-13', '2026-11-01T10:00', '2026-11-01T24:00:00Z', 'soon'])
      expect(on(day)).toContain('does not exist')
  })

  it('name the resource and pin its content, and say which release they are of', () => {
    const { orders } = read(
      { ...request, ...aspirin },
      { ...request, id: 'a b', medication: { concept: { text: 'X' } } },
    )
    expect(orders[0]).toMatchObject({ release: 'R4' })
    expect(orders[0]?.reference).toMatch(/^See MedicationRequest\/m1, SHA-256 [0-9a-f]{64}$/)
    expect(orders[1]).toMatchObject({ release: 'R5', reference: expect.stringContaining('/(no id)') })
  })

  it('are refused as a whole where there is no bundle', async () => {
    for (const value of [null, 7, [], {}, rosa])
      expect(await codeOf(() => readOrders(value))).toBe('json/invalid')
    expect(readOrders({ resourceType: 'Bundle', entry: 7 }).orders).toEqual([])
    expect(readOrders({ resourceType: 'Bundle', entry: [7, null, {}, { resource: [] }] }).orders).toEqual([])
  })
})

describe('a dosage', () => {
  it('is told in all its steps, in their order', () => {
    expect(dosage({ text: '1 tablet daily.' })).toBe('1 tablet daily')
    expect(dosage({ sequence: 2, text: 'then 1' }, { sequence: 1, text: '6 for 5 days' })).toBe(
      'Step 1: 6 for 5 days; Step 2: then 1',
    )
    expect(dosage({ text: 'a' }, { text: 'b' })).toBe('Step 1: a; Step 2: b')
    for (const steps of [
      [{ sequence: 1, text: 'a' }, { text: 'b' }],
      [
        { sequence: 1, text: 'a' },
        { sequence: 1, text: 'b' },
      ],
    ]) {
      expect(dosage(...steps)).toContain('order of its dosage steps')
    }
    expect(textOf({ ...aspirin, renderedDosageInstruction: 'one a day' })).toBe('Aspirin 100 mg. one a day')
  })

  it('is put into words from its parts', () => {
    const dose = (value: JsonValue): Fields => ({ doseAndRate: [value] })
    const units10 = dose({ doseQuantity: { value: 10, unit: 'IU' } })
    expect(dosage({ timing: { code: { text: 'at night' } }, ...units10 })).toBe('10 IU, at night')
    const range = { doseRange: { low: { value: 1, unit: 'tablet' }, high: { value: 2, code: 'tablet' } } }
    const twice = { repeat: { frequency: 2, period: 1, periodUnit: 'd' } }
    expect(
      dosage({
        ...dose({ type: { text: 'ordered' }, ...range }),
        timing: twice,
        asNeededBoolean: true,
        route: { text: 'oral' },
        site: { text: 'mouth' },
        method: { coding: [{ display: 'swallow' }] },
        additionalInstruction: [{ text: 'with food' }],
        patientInstruction: 'Drink water.',
      }),
    ).toBe(
      '1 tablet to 2 tablet, 2 times in 1 day, as needed, route: oral, site: mouth, method: swallow, with food, Drink water',
    )
    const hours = { code: { text: 'q8h' }, repeat: { frequency: 1, period: 8, periodUnit: 'h' } }
    expect(dosage({ ...units10, timing: hours, asNeededCodeableConcept: { text: 'pain' } })).toBe(
      '10 IU, q8h, 1 time in 8 hours, as needed for pain',
    )
    expect(dosage({ ...units10, asNeeded: false, asNeededFor: [{ text: 'pain' }, { text: 'fever' }] })).toBe(
      '10 IU, not only as needed, as needed for pain, fever',
    )
    expect(dosage({ ...units10, asNeededBoolean: false, asNeeded: true })).toContain('as needed')
    expect(dosage({ text: 'daily with food', additionalInstruction: [{ text: 'with food' }] })).toBe(
      'daily with food',
    )
  })

  it('is refused by name where a part has no words', () => {
    const cannot = (name: string): string =>
      `left out: its dosage has a part that cannot be put into words: ${name}`
    const timing = (value: JsonValue): Fields => ({ timing: value })
    for (const [step, name] of [
      [{ maxDosePerPeriod: {} }, 'maxDosePerPeriod'],
      [{ 'Rosa Parks': 1 }, 'an unknown one'],
      [{ doseAndRate: [] }, 'doseAndRate'],
      [{ doseAndRate: 7 }, 'doseAndRate'],
      [{ doseAndRate: [{}, {}] }, 'doseAndRate'],
      [{ doseAndRate: [{ doseQuantity: { value: 1 } }] }, 'doseAndRate'],
      [{ doseAndRate: [{ doseQuantity: { value: 0, unit: 'mg' } }] }, 'doseAndRate'],
      [{ doseAndRate: [{ doseQuantity: { value: 1, unit: 'mg', comparator: '<' } }] }, 'doseAndRate'],
      [{ doseAndRate: [{ doseRange: { low: { value: 1, unit: 'mg' } } }] }, 'doseAndRate'],
      [{ doseAndRate: [{ rateQuantity: { value: 1, unit: 'mg/h' } }] }, 'doseAndRate'],
      [timing({ event: ['2026-01-01'] }), 'timing'],
      [timing({ repeat: { frequency: 1, period: 1, periodUnit: 'd', boundsPeriod: {} } }), 'timing'],
      [timing({ repeat: { frequency: 0, period: 1, periodUnit: 'd' } }), 'timing'],
      [timing({ repeat: { frequency: 1, period: 0, periodUnit: 'd' } }), 'timing'],
      [timing({ repeat: { frequency: 1, period: 1, periodUnit: 'x' } }), 'timing'],
      [timing({ code: {} }), 'timing'],
      [{ asNeededBoolean: 'yes' }, 'asNeededBoolean'],
      [{ asNeeded: 1 }, 'asNeeded'],
      [{ asNeededFor: 1 }, 'asNeededFor'],
      [{ route: {} }, 'route'],
    ] as const) {
      expect([name, dosage(step)]).toEqual([name, cannot(name)])
    }
    expect(dosage({})).toBe('left out: its dosage says nothing')
    expect(dosage({ sequence: 1, patientInstruction: 'x' })).toBe('left out: its dosage says nothing')
    expect(dosage({ text: ' ' })).toBe('left out: its dosage says nothing')
  })
})

describe('results of a bundle', () => {
  it('are those that somebody stands by, about this patient', () => {
    const found = (fields: Fields): readonly string[] => {
      const { results, leftOut } = read({ resourceType: 'Observation', id: 'o', ...fields })
      return [...results.map(({ kind }) => kind), ...leftOut.map(({ reason }) => reason)]
    }
    for (const status of ['final', 'amended', 'corrected', 'preliminary'])
      expect(found({ status })).toEqual(['Observation'])
    for (const status of ['entered-in-error', 'cancelled'])
      expect(found({ status })).toEqual([`its status is ${status}`])
    expect(found({})).toEqual(['its status is missing'])
    expect(found({ status: 'final', modifierExtension: [{}] })).toEqual([
      'it has an unknown modifier extension',
    ])
    expect(found({ status: 'final', subject: { reference: 'Patient/x' } })[0]).toContain('somebody else')
    expect(read({ resourceType: 'DiagnosticReport', status: 'final' }).results).toMatchObject([
      { kind: 'DiagnosticReport' },
    ])
  })
})
