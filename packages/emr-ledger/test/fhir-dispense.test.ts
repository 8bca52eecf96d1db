import { decodeUtf8, encodeUtf8 } from '@chartseal/core/encoding'
import {
  type Dispensing,
  dispensingOf,
  readMedicationDispense,
  writeMedicationDispense,
} from '@chartseal/emr-ledger/fhir'
import { codeOf, propertyRuns } from '@chartseal/testkit'
import { type ElementsR5, findingsR4, findingsR5 } from '@chartseal/testkit/fhir'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { anyDispensing, drops, given, party, releases, rosa, sharedR5 } from './fhir-forms.js'

const json = (bytes: Uint8Array) => JSON.parse(decodeUtf8(bytes))
const bytesOf = (resource: unknown): Uint8Array => encodeUtf8(JSON.stringify(resource))
const expectCode = async (code: string, attempt: () => unknown): Promise<void> =>
  expect(await codeOf(attempt)).toBe(code)

const dispenseR5: ElementsR5 = {
  ...sharedR5,
  '': {
    must: ['resourceType', 'id', 'status', 'medication', 'subject'],
    may: 'identifier performer authorizingPrescription quantity whenHandedOver note dosageInstruction'.split(
      ' ',
    ),
  },
  'performer[]': { must: ['actor'], may: ['function'] },
  quantity: { must: [], may: ['value', 'unit', 'system', 'code'] },
}

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
      quantity: { ...drops.quantity, value: '3.00' },
      patient: rosa.patient,
      medicine: rosa.medicine,
    } satisfies Partial<Dispensing>)
    expect(dispensingOf(rosa, 90, given).quantity.value).toBe('90')
    for (const units of [0, 91, 1.5]) expect(() => dispensingOf(rosa, units, given)).toThrow(RangeError)
    const wrong = { ...two, txid: new Uint8Array(31) }
    expect(() => writeMedicationDispense(wrong, 'R4')).toThrow(TypeError)
  })
})

describe('a MedicationDispense of others', () => {
  const dispensing = dispensingOf(rosa, 1, {
    id: 'd-1',
    dispenser: party('Practitioner/lee'),
    handedOver: '2026-12-01',
    txid: new Uint8Array(32),
  })
  const sentDispense = JSON.parse(decodeUtf8(writeMedicationDispense(dispensing, 'R4')))
  const readChanged = (more: object) => readMedicationDispense(bytesOf({ ...sentDispense, ...more }))

  it('is refused unless it was done, once, under one prescription', async () => {
    const two = [{ reference: 'MedicationRequest/a' }, { reference: 'MedicationRequest/b' }]
    const uri = (value: string) => ({ system: 'urn:ietf:rfc:3986', value })
    const name = `ni:///sha-256;${'A'.repeat(43)}`
    for (const more of [
      { resourceType: 'MedicationRequest' },
      { status: 'in-progress' },
      { authorizingPrescription: two },
      { authorizingPrescription: undefined },
      { performer: undefined },
      { whenHandedOver: 'now' },
      { identifier: [uri(name), uri(name)] },
      { identifier: [uri(name.slice(1))].concat(uri('ni:///sha-256;AAAA')) },
      { identifier: [uri(`${name.slice(0, -1)}B`)] },
    ])
      await expectCode('medication/invalid', () => readChanged(more))
    await expectCode('medication/not-kept', () => readChanged({ substitution: { wasSubstituted: true } }))
    await expectCode('medication/modifier', () => readChanged({ modifierExtension: [{}] }))
    await expectCode('medication/missing', () => readChanged({ quantity: undefined }))
  })

  it('may have identifiers of others', () => {
    const identifier = [{ system: 'https://pharmacy.example', value: '7' }]
    expect(readChanged({ identifier }).dispensing.txid).toBeNull()
    expect(readChanged({ identifier: [...identifier, ...sentDispense.identifier] }).dispensing).toEqual(
      dispensing,
    )
  })
})
