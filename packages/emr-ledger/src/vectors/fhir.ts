/** Runner of vectors/own/prescription-fhir-v2.json: resources as forms, and who stands by them; or what refuses them. */
import { equal } from '@chartseal/core/bytes'
import { encodeHex, encodeUtf8 } from '@chartseal/core/encoding'
import type { JsonObject } from '@chartseal/core/json'
import { agree, type CaseRunner, refusalOf } from '@chartseal/core/vectors'
import {
  amountOf,
  expirySeconds,
  type FhirRelease,
  readMedicationDispense,
  readMedicationRequest,
  unitsOf,
  verifyProvenance,
  writeMedicationDispense,
  writeMedicationRequest,
} from '../fhir.js'
import { keyIdOf, type MemberKey, signingAlgorithms } from '../v2/member.js'

const releaseIn = (testCase: JsonObject, name: string): FhirRelease | undefined =>
  testCase.has(name) ? (testCase.text(name) === 'R4' ? 'R4' : 'R5') : undefined

function agreeOn(testCase: JsonObject, name: string, value: unknown): void {
  agree(name, JSON.stringify(value), JSON.stringify(testCase.raw(name)))
}

function request(testCase: JsonObject): void {
  const bytes = encodeUtf8(testCase.text('resource'))
  const { order, release, passedOver } = readMedicationRequest(bytes, releaseIn(testCase, 'given_release'))
  agreeOn(testCase, 'form', order)
  agreeOn(testCase, 'release', release)
  agreeOn(testCase, 'passed_over', passedOver)
  const units = order.quantity === null ? null : unitsOf(order)
  agreeOn(testCase, 'units', units)
  agreeOn(testCase, 'amount', units === null ? null : amountOf(units.count, units.each))
  agreeOn(testCase, 'expires', order.validUntil === null ? null : Number(expirySeconds(order)))
  const again = readMedicationRequest(writeMedicationRequest(order, release))
  agree('the form, written and read', JSON.stringify(again.order), JSON.stringify(order))
}

function dispense(testCase: JsonObject): void {
  const bytes = encodeUtf8(testCase.text('resource'))
  const { dispensing, release, passedOver } = readMedicationDispense(bytes)
  const { txid, ...others } = dispensing
  agreeOn(testCase, 'form', { ...others, txid: txid === null ? null : encodeHex(txid) })
  agreeOn(testCase, 'release', release)
  agreeOn(testCase, 'passed_over', passedOver)
  agree('the resource, written again', writeMedicationDispense(dispensing, release), bytes)
}

function provenance(testCase: JsonObject): void {
  const keys = testCase.objects('keys').map(keyIn)
  const keyOf = (kid: Uint8Array): MemberKey | null =>
    keys.find(one => equal(keyIdOf(one.algorithm, one.publicKey), kid)) ?? null
  const [text, resource] = [testCase.text('provenance'), testCase.text('resource')]
  const { kid, ...others } = verifyProvenance(encodeUtf8(text), encodeUtf8(resource), keyOf)
  const attested = testCase.object('attested')
  agree('the key', kid, attested.hex('kid'))
  for (const [name, value] of Object.entries(others)) agreeOn(attested, name, value)
}

function keyIn(json: JsonObject): MemberKey {
  const algorithm = signingAlgorithms.find(known => known === json.text('algorithm'))
  if (algorithm === undefined) throw new Error('internal: no such algorithm')
  return { algorithm, publicKey: json.hex('public_key') }
}

const shows: Readonly<Record<string, (testCase: JsonObject) => void>> = { request, dispense, provenance }

export const prescriptionFhir: CaseRunner = testCase => {
  const run = shows[testCase.text('shows')]
  if (run === undefined) throw new Error('internal: no case of this kind')
  if (!testCase.has('refused')) return run(testCase)
  agree(
    'the refusal',
    refusalOf(() => run(testCase)),
    testCase.text('refused'),
  )
}
