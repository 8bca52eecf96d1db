import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { decodeUtf8, encodeUtf8 } from '@chartseal/core/encoding'
import {
  prescriptionText,
  readMedicationRequest,
  requireComplete,
  writeMedicationRequest,
} from '@chartseal/emr-ledger/fhir'
import { codeOf, sharedFolder } from '@chartseal/testkit'
import { describe, expect, it } from 'vitest'

const folder = sharedFolder('data', 'synthea')

interface Request {
  readonly resourceType: string
  readonly status: string
  readonly medicationCodeableConcept: { readonly text: string }
}

function requests(): readonly Request[] {
  const bundle = JSON.parse(readFileSync(join(folder ?? '', 'patient-angelic-mueller.json'), 'utf8'))
  return bundle.entry
    .map((entry: { readonly resource: Request }) => entry.resource)
    .filter(({ resourceType }: Request) => resourceType === 'MedicationRequest')
}

const inForce = (): readonly Request[] => requests().filter(({ status }) => status === 'active')
const isTold = (request: Request): boolean => !JSON.stringify(request).includes('doseQuantity')

const bytesOf = (request: Request): Uint8Array => encodeUtf8(JSON.stringify(request))

describe.skipIf(folder === null)('requests of Synthea (shared data)', () => {
  it('are read where they are in force, and passed over by name is what says nothing of the medicine', () => {
    const read = inForce().filter(isTold)
    expect(read.length).toBeGreaterThan(0)
    for (const request of read) {
      const { order, passedOver, release } = readMedicationRequest(bytesOf(request))
      expect(release).toBe('R4')
      expect(order.medicine.text).toBe(request.medicationCodeableConcept.text)
      expect(prescriptionText(order, 'es')).toContain(`\nMedicamento: ${order.medicine.text}\n`)
      expect(passedOver.filter(path => !['encounter', 'meta', 'reasonReference'].includes(path))).toEqual([])
    }
  })

  it('are refused where a dose has no unit: one of what?', async () => {
    const untold = inForce().filter(request => !isTold(request))
    expect(untold.length).toBeGreaterThan(0)
    for (const request of untold)
      expect(await codeOf(() => readMedicationRequest(bytesOf(request)))).toBe('medication/not-told')
  })

  it('are refused where they were stopped', async () => {
    const stopped = requests().filter(({ status }) => status !== 'active')
    expect(stopped.length).toBeGreaterThan(0)
    for (const request of stopped)
      expect(await codeOf(() => readMedicationRequest(bytesOf(request)))).toBe('medication/invalid')
  })

  it('say the same in R5, and are no prescription that a ledger can carry: they name no quantity', async () => {
    for (const request of inForce().filter(isTold)) {
      const { order } = readMedicationRequest(bytesOf(request))
      const bytes = writeMedicationRequest(order, 'R5')
      expect(decodeUtf8(bytes)).toContain('"medication":{"concept":')
      expect(readMedicationRequest(bytes).order).toEqual(order)
      expect(await codeOf(() => requireComplete(order))).toBe('medication/missing')
    }
  })
})
