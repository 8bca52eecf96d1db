/**
 * `node scripts/vectors/prescription-fhir.mjs`: makes vectors/own/prescription-fhir-v2.json again, from fixed keys. With
 * `--check` it writes nothing, and fails unless the file holds just that.
 */
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { SigningKey } from '../../packages/core/dist/ed25519.js'
import { encodeHex, encodeUtf8 } from '../../packages/core/dist/encoding.js'
import {
  amountOf,
  dispensingOf,
  expirySeconds,
  readMedicationDispense,
  readMedicationRequest,
  signProvenance,
  unitsOf,
  verifyProvenance,
  writeMedicationDispense,
  writeMedicationRequest,
} from '../../packages/emr-ledger/dist/fhir.js'
import { ed25519Signer, keyIdOf } from '../../packages/emr-ledger/dist/index.js'
import { root } from '../lib/workspace.mjs'
import { filled, shown } from './changes.mjs'
import { freeze } from './frozen.mjs'

const { p256 } = createRequire(join(root, 'packages/core/package.json'))('@noble/curves/nist.js')
const cases = []
const textOf = bytes => Buffer.from(bytes).toString()
const party = (reference, display) => ({ reference, identifier: null, display })

const rosa = {
  id: 'rx-1',
  patient: party('Patient/rosa', 'Rosa Parks'),
  prescriber: party('Practitioner/okafor', 'Dr. Okafor'),
  authoredOn: '2026-11-30T09:00:00+01:00',
  medicine: {
    text: 'Ibuprofen 400 mg tablet',
    codings: [
      {
        system: 'http://www.nlm.nih.gov/research/umls/rxnorm',
        version: '2026',
        code: '197806',
        display: 'ibuprofen',
      },
    ],
  },
  dosage: '1 tablet, 3 times a day,\nwith food',
  quantity: { value: '30', unit: 'tablet', coded: { system: 'http://unitsofmeasure.org', code: '{tbl}' } },
  repeats: 2,
  substitution: true,
  validFrom: '2026-12',
  validUntil: '2027-02-28',
  notes: ['Stop when the pain is gone.'],
}
const drops = {
  ...rosa,
  patient: { reference: null, identifier: { system: 'urn:oid:1.2.3', value: 'PAT-7 Ä' }, display: null },
  ...{ quantity: { value: '1.50', unit: 'ml', coded: null }, substitution: null, notes: [] },
  ...{ validFrom: null, validUntil: '2027-02-28T12:00:00.250-05:00' },
}
const open = {
  ...{
    id: null,
    patient: party('urn:uuid:1', null),
    prescriber: null,
    authoredOn: null,
    dosage: null,
    quantity: null,
  },
  ...{
    medicine: { text: 'x', codings: [] },
    repeats: 0,
    substitution: null,
    validFrom: null,
    validUntil: null,
    notes: [],
  },
}

function request(title, resource, given_release = null) {
  const read = readMedicationRequest(encodeUtf8(resource), given_release ?? undefined)
  const { order, release, passedOver } = read
  const units = order.quantity === null ? null : unitsOf(order)
  cases.push({
    ...{
      shows: 'request',
      title,
      given_release,
      resource,
      release,
      form: order,
      passed_over: passedOver,
      units,
    },
    amount: units === null ? null : amountOf(units.count, units.each),
    expires: order.validUntil === null ? null : Number(expirySeconds(order)),
  })
}
const refusedRequest = (title, resource, refused, given_release = null) =>
  cases.push({ shows: 'request', title, given_release, resource, refused })

for (const [title, form] of [
  ['tablets', rosa],
  ['drops', drops],
  ['as little as there can be', open],
])
  for (const release of ['R4', 'R5'])
    request(`${title}, ${release}`, textOf(writeMedicationRequest(form, release)))

const stored = textOf(writeMedicationRequest(rosa, 'R4'))
/** The same with an element of others, without writing numbers anew: none of these has a fraction. */
function edited(change, of = stored) {
  const value = JSON.parse(of)
  change(value)
  return JSON.stringify(value)
}
request(
  'of others: more elements, an instance of an order, a reason, a unit that is a code alone',
  edited(one => {
    one.meta = { versionId: '1' }
    one.text = { status: 'generated' }
    one.extension = [{ url: 'http://example.org/x' }]
    one.category = [{ text: 'community' }]
    one.reasonCode = [{ text: 'pain' }]
    one.intent = 'instance-order'
    one.doNotPerform = false
    one.subject.type = 'Patient'
    one.dosageInstruction[0].sequence = 1
    one.dosageInstruction[0].timing = { repeat: { frequency: 3 } }
    one.note[0].time = '2026-11-30'
    one.substitution.reason = { text: 'price' }
    delete one.dispenseRequest.quantity.unit
    delete one.dispenseRequest.numberOfRepeatsAllowed
  }),
)
request(
  'a concept whose words are those of a code',
  edited(one => {
    delete one.medicationCodeableConcept.text
  }),
)
request('digits stay', stored.replace('"value":30', '"value":2.500'))
const bad = (title, code, change, release = null) => refusedRequest(title, edited(change), code, release)
bad('another status', 'medication/invalid', one => {
  one.status = 'draft'
})
bad('a plan', 'medication/invalid', one => {
  one.intent = 'plan'
})
bad('not to be given', 'medication/modifier', one => {
  one.doNotPerform = true
})
bad('only told', 'medication/modifier', one => {
  one.reportedBoolean = true
})
bad('a modifier', 'medication/modifier', one => {
  one.modifierExtension = [{ url: 'x' }]
})
bad('a modifier far inside', 'medication/modifier', one => {
  one.dosageInstruction[0].modifierExtension = [{ url: 'x' }]
})
bad('implicit rules', 'medication/modifier', one => {
  one.implicitRules = 'http://example.org'
})
bad('no patient', 'medication/missing', one => {
  delete one.subject
})
bad('a patient by a display alone', 'medication/invalid', one => {
  one.subject = { display: 'Rosa' }
})
bad('no medicine', 'medication/missing', one => {
  delete one.medicationCodeableConcept
})
bad('a medicine by reference', 'medication/not-kept', one => {
  one.medicationReference = { reference: '#m' }
})
bad('a medicine without words', 'medication/invalid', one => {
  one.medicationCodeableConcept = { coding: [{ system: 'urn:x', code: '1' }] }
})
bad('a first fill', 'medication/not-kept', one => {
  one.dispenseRequest.initialFill = { quantity: { value: 1 } }
})
bad('a name that FHIR does not have', 'medication/not-kept', one => {
  one.dose = 'two'
})
bad('a primitive with an extension', 'medication/not-kept', one => {
  one._status = { id: 'x' }
})
bad('a dosage in parts that have no words', 'medication/not-told', one => {
  one.dosageInstruction = [{ maxDosePerPeriod: {} }]
})
bad('a day that does not exist', 'medication/invalid', one => {
  one.authoredOn = '2026-02-30'
})
bad('a time without a zone', 'medication/invalid', one => {
  one.dispenseRequest.validityPeriod.end = '2027-02-28T12:00:00'
})
bad('an end that is a month', 'medication/invalid', one => {
  one.dispenseRequest.validityPeriod.end = '2027-02'
})
bad('a text with something invisible', 'medication/invalid', one => {
  one.note[0].text = 'a\u200bb'
})
bad('an empty list', 'medication/invalid', one => {
  one.note = []
})
bad('a quantity as a text', 'medication/invalid', one => {
  one.dispenseRequest.quantity.value = '30'
})
bad('a quantity of 0', 'medication/invalid', one => {
  one.dispenseRequest.quantity.value = 0
})
bad('half a code', 'medication/missing', one => {
  delete one.dispenseRequest.quantity.system
})
bad('an id that is none', 'medication/invalid', one => {
  one.id = 'rx_1'
})
bad('more units than can be counted', 'medication/not-countable', one => {
  one.dispenseRequest.quantity.value = 4_294_967_295
})
bad('another resource', 'medication/invalid', one => {
  one.resourceType = 'Medication'
})
bad('of R4, read as R5', 'medication/missing', () => undefined, 'R5')
refusedRequest('an exponent', stored.replace('"value":30', '"value":3e1'), 'medication/invalid')
refusedRequest('a name twice', stored.replace('"status"', '"status":"draft","status"'), 'json/invalid')
refusedRequest('no JSON', stored.slice(0, -1), 'json/invalid')

// What was given out.

const dispensing = {
  ...dispensingOf(drops, 2, {
    ...{
      id: 'd-1',
      dispenser: party('Practitioner/lee', 'Lee'),
      handedOver: '2026-12-01',
      txid: filled(32, 5),
    },
    notes: ['Shake it.'],
  }),
}
for (const release of ['R4', 'R5']) {
  const resource = textOf(writeMedicationDispense(dispensing, release))
  const read = readMedicationDispense(encodeUtf8(resource))
  cases.push({
    ...{
      shows: 'dispense',
      title: `drops, ${release}`,
      given_release: null,
      resource,
      release: read.release,
    },
    ...{ form: shown(read.dispensing), passed_over: read.passedOver },
  })
}
const given = textOf(writeMedicationDispense(dispensing, 'R4'))
const badGiven = (title, refused, change) =>
  cases.push({ shows: 'dispense', title, given_release: null, resource: edited(change, given), refused })
badGiven('not completed', 'medication/invalid', one => {
  one.status = 'in-progress'
})
badGiven('of two prescriptions', 'medication/invalid', one =>
  one.authorizingPrescription.push({ reference: 'MedicationRequest/2' }),
)
badGiven('by nobody', 'medication/invalid', one => {
  delete one.performer
})
badGiven('at no time', 'medication/missing', one => {
  delete one.whenHandedOver
})
badGiven('a record that is cut', 'medication/invalid', one => {
  one.identifier[0].value = one.identifier[0].value.slice(0, -1)
})
badGiven('two records', 'medication/invalid', one => one.identifier.push(one.identifier[0]))
badGiven('something in its place', 'medication/not-kept', one => {
  one.substitution = { wasSubstituted: true }
})

// Who stands by it.

const edKey = new SigningKey(filled(32, 3))
const ed = ed25519Signer(edKey)
const secret = filled(32, 4)
const publicKey = p256.getPublicKey(secret, false)
const ec = {
  ...{ algorithm: 'ES256', publicKey, kid: keyIdOf('ES256', publicKey) },
  sign: async message => p256.sign(message, secret, { prehash: true, lowS: true, format: 'compact' }),
}
const signers = [ed, ec]
const keys = signers.map(({ algorithm, publicKey: key }) => ({ algorithm, public_key: encodeHex(key) }))
const keyOf = kid => signers.find(one => encodeHex(one.kid) === encodeHex(kid)) ?? null
const options = { id: 'p-1', who: party('Practitioner/okafor', 'Dr. Okafor'), seconds: 1_796_000_000 }
async function attested(title, resource, signer) {
  const provenance = await signProvenance(encodeUtf8(resource), signer, options)
  const read = verifyProvenance(provenance, encodeUtf8(resource), keyOf)
  cases.push({
    shows: 'provenance',
    title,
    resource,
    provenance: textOf(provenance),
    keys,
    attested: shown(read),
  })
  return textOf(provenance)
}
const provenance = await attested('a request, Ed25519', stored, ed)
await attested('a dispensing, ES256', given, ec)
const badProvenance = (title, refused, { text = provenance, resource = stored, with_ = keys }) =>
  cases.push({ shows: 'provenance', title, resource, provenance: text, keys: with_, refused })
const changedBy = change => ({ text: edited(change, provenance) })
const jwsOf = text => Buffer.from(JSON.parse(text).signature[0].data, 'base64').toString()
const withJws = change =>
  changedBy(one => {
    one.signature[0].data = Buffer.from(change(jwsOf(provenance))).toString('base64')
  })
const headed = header => withJws(jws => `${Buffer.from(header).toString('base64url')}..${jws.split('.')[2]}`)
const header = Buffer.from(jwsOf(provenance).split('.')[0], 'base64url').toString()
badProvenance('a byte of the resource', 'medication/wrong-signature', {
  resource: stored.replace('Ibuprofen', 'ibuprofen'),
})
badProvenance('written anew', 'medication/wrong-signature', { resource: stored.replace('":', '": ') })
badProvenance('a key that nobody trusts', 'medication/unknown-key', { with_: keys.slice(1) })
badProvenance('another resource', 'medication/other-target', { resource: stored.replace('rx-1', 'rx-2') })
badProvenance(
  'another time',
  'medication/invalid',
  changedBy(one => {
    one.recorded = '2026-11-30T00:00:00Z'
  }),
)
badProvenance(
  'somebody else signed',
  'medication/invalid',
  changedBy(one => {
    one.signature[0].who.display = 'Lee'
  }),
)
badProvenance(
  'another role',
  'medication/invalid',
  changedBy(one => {
    one.agent[0].type.coding[0].code = 'performer'
  }),
)
badProvenance(
  'two agents',
  'medication/invalid',
  changedBy(one => one.agent.push(one.agent[0])),
)
badProvenance(
  'no signature',
  'medication/missing',
  changedBy(one => {
    delete one.signature
  }),
)
badProvenance(
  'a JWS with its payload',
  'medication/bad-jws',
  withJws(jws => jws.replace('..', '.e30.')),
)
badProvenance(
  'one part too many',
  'medication/bad-jws',
  withJws(jws => `${jws}.`),
)
badProvenance(
  'a signature of 63 bytes',
  'medication/bad-jws',
  withJws(jws => `${jws.split('..')[0]}..${'A'.repeat(84)}`),
)
badProvenance('a parameter too many', 'medication/bad-jws', headed(header.replace('}', ',"b64":false}')))
badProvenance(
  'another order',
  'medication/bad-jws',
  headed(header.replace(/^\{("alg":"EdDSA"),("iat":\d+)/, '{$2,$1')),
)
badProvenance('another algorithm', 'medication/bad-jws', headed(header.replace('EdDSA', 'none')))
badProvenance(
  'the algorithm of another key',
  'medication/wrong-signature',
  headed(header.replace('EdDSA', 'ES256')),
)

freeze(
  'prescription-fhir-v2',
  'prescriptions and dispensings as FHIR, and who stands by them, docs/spec/prescription-fhir.md; node scripts/vectors/prescription-fhir.mjs makes it again',
  cases,
)
