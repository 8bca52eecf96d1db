/** Readers of `clinic`: pasted texts, statements of an emergency, invitations, slips, what a device keeps. */

import * as glass from '../../../packages/clinic/dist/break-glass.js'
import * as conference from '../../../packages/clinic/dist/conference.js'
import { explainBytes } from '../../../packages/clinic/dist/explain.js'
import { parseKeyFile } from '../../../packages/clinic/dist/fs/ring-keys.js'
import * as clinic from '../../../packages/clinic/dist/index.js'
import * as prescriptions from '../../../packages/clinic/dist/prescriptions.js'
import * as roster from '../../../packages/clinic/dist/roster.js'
import { readSignature } from '../../../packages/clinic/dist/signed-request.js'
import { parseCareTeamFile } from '../../../packages/clinic/dist/team/file.js'
import * as team from '../../../packages/clinic/dist/team.js'
import { SigningKey, sign, verifyingKeyOf } from '../../../packages/core/dist/ed25519.js'
import { decodeCbor, encodeBase64Url, encodeCbor, encodeUtf8 } from '../../../packages/core/dist/encoding.js'
import { parseJson } from '../../../packages/core/dist/json.js'
import { SecretBytes } from '../../../packages/core/dist/keys.js'
import { anchorOf } from '../../../packages/emr-ledger/dist/index.js'
import { bytesIn, filled, hex, joined, objectsIn, target, textsIn, utf8 } from '../corpus.mjs'

const hash = filled(32, 4)
let drawn = 0
const random = { bytes: sizeBytes => filled(sizeBytes, (++drawn % 250) + 1) }

/** Statements with their signatures made anew, so that what they say is what is refused. */
const statements = objectsIn('own/break-glass-v2', 'shows', 'bytes', 'signing_key').map(one => ({
  bytes: hex(one.bytes),
  content: decodeCbor(hex(one.bytes).subarray(0, -64)),
  signer: new SigningKey(hex(one.signing_key)),
}))
const readers = {
  'custody-key': glass.parseCustodyKey,
  set: glass.parseEmergencySet,
  request: glass.parseEmergencyRequest,
}
const own = verifyingKeyOf(statements[0].signer)
const ofKind = kind => statements.filter(({ content }) => content.k === kind)
const kinds = [...new Set(statements.map(({ content }) => content.k))]

function resigned(kind) {
  const read = readers[kind] ?? glass.parseEmergencyEvent
  const [{ signer }] = ofKind(kind)
  const label = encodeUtf8(`chartseal/break-glass-${kind}/v2\0`)
  return input => read(joined(input, sign(signer, joined(label, input))))
}

const unsigned = kind => () => ofKind(kind).map(({ bytes }) => bytes.subarray(0, -64))
const events = () => statements.filter(({ content }) => content.k === 'request' || !(content.k in readers))
const parcels = objectsIn('own/break-glass-v2', 'release', 'sealed')

const emergencies = [
  ...kinds.map(kind =>
    target(
      `break-glass/${kind} resigned`,
      unsigned(kind),
      resigned(kind),
      ({ bytes }) => bytes.subarray(0, -64),
      { weight: 0.5 },
    ),
  ),
  target(
    'break-glass/parseEmergencyEvent',
    () => events().map(({ bytes }) => bytes),
    glass.parseEmergencyEvent,
    ({ bytes }) => bytes,
    { weight: 0.5 },
  ),
  target(
    'break-glass/parseReleaseParcel',
    () => parcels.map(({ release, sealed }) => encodeCbor([hex(release), hex(sealed)])),
    glass.parseReleaseParcel,
    glass.encodeParcel,
    { weight: 0.5 },
  ),
]

const pasted = () => [
  `> ${textsIn('own/wire-v2', 'text')[0]}\r\n> and\n${textsIn('own/shares-v2', 'text')[0]}`,
  textsIn('own/pairing-v2', 'uri')[0],
  `chartseal-answer:${encodeBase64Url(bytesIn('own/pairing-v2', 'answer')[0])}`,
]
const anyBytes = () => [
  ...pasted().map(utf8),
  ...bytesIn('own/shares-v2', 'cbor').slice(0, 3),
  ...bytesIn('own/grants-v2', 'list').slice(0, 2),
  ...bytesIn('own/ledger-v2', 'record').slice(0, 2),
  ...textsIn('own/shl', 'text').slice(0, 3).map(utf8),
  ...bytesIn('own/care-team-v2', 'frame').slice(0, 2),
  ...bytesIn('own/keyring-v2', 'older_export'),
  ...textsIn('own/envelope-texts-v2', 'text').slice(0, 8).map(utf8),
]

const texts = [
  target('clinic/readPasted', pasted, text => clinic.readPasted(text), undefined, {
    never: true,
    weight: 0.5,
  }),
  target(
    'clinic/readPasted of bytes',
    () => pasted().map(utf8),
    input => clinic.readPasted(input),
    undefined,
    { never: true, weight: 0.5 },
  ),
  target('clinic/parseCode', () => pasted().slice(1, 2), clinic.parseCode),
  target(
    'clinic/parseStep',
    () => pasted().slice(2),
    text => clinic.parseStep('answer', text),
  ),
  target('clinic/explainBytes', anyBytes, input => explainBytes(input), undefined, {
    never: true,
    weight: 0.2,
  }),
]

const invitation = {
  id: filled(16, 1),
  suite: '25519',
  staticKey: hash,
  signingKey: own,
  psk: new SecretBytes(hash),
  title: 'Round',
  untilMs: 5,
}
const emptyBook = () =>
  conference.createConference({ title: 'Round', suite: '25519', untilMs: 1_790_000_100_000 }, random)
const ofContent = (mediaType, read) => content => read({ mediaType, content })

const invitations = [
  target(
    'clinic/parseInvitation',
    () => [conference.formatInvitation(invitation).content],
    ofContent(conference.invitationType, conference.parseInvitation),
  ),
  target(
    'clinic/parseAnswer',
    () => [conference.formatAnswer({ id: filled(16, 1), staticKey: hash }).content],
    ofContent(conference.answerType, conference.parseAnswer),
  ),
  target(
    'clinic/decodeSeat',
    () => [
      conference.encodeSeat({
        ...invitation,
        doctorName: 'Dr. Okafor',
        doctorStatic: hash,
        doctorSigning: own,
        staticKey: emptyBook().staticKey,
      }),
    ],
    input => conference.decodeSeat(input.slice()),
    conference.encodeSeat,
  ),
  target(
    'clinic/decodeBook',
    bookSeeds,
    input => conference.decodeBook(input.slice()),
    conference.encodeBook,
  ),
  target(
    'clinic/parseTeamInvitation',
    () => [team.formatTeamInvitation({ id: filled(16, 1), title: 'Rosa', keeperKey: own }).content],
    ofContent('application/vnd.chartseal.team+json', team.parseTeamInvitation),
  ),
  target(
    'clinic/parseTeamFrame',
    () => bytesIn('own/care-team-v2', 'frame').map(team.formatTeamFrame),
    team.parseTeamFrame,
    team.formatTeamFrame,
  ),
  target(
    'clinic/parseCareTeamFile',
    () => [encodeCbor({ v: 1, kind: 'chartseal-care-team', phc: '$x', sealed: filled(60, 1) })],
    parseCareTeamFile,
  ),
  target('clinic/parseKeyFile', () => [encodeCbor({ v: 3, phc: '$x', sealed: filled(60, 1) })], parseKeyFile),
]

function bookSeeds() {
  const book = emptyBook()
  const somebody = { pair: 'ab'.repeat(32), name: 'Rosa', psk: new SecretBytes(hash), staticKey: null }
  return [
    conference.encodeBook(book),
    conference.encodeBook({ ...book, patients: new Map([[somebody.pair, somebody]]) }),
  ]
}

const device = clinic.newDevice('doctor', 'Dr. Okafor', random)
const anchor = anchorOf(bytesIn('own/ledger-v2', 'genesis')[0])
const record = bytesIn('own/ledger-v2', 'record')[0]
const errand = encodeCbor({
  v: 2,
  errand: { record, stage: 'signed', code: '', content: { rs: hash, body: utf8('{}'), patient: 'PAT-1' } },
})
const slip = encodeCbor({ v: 2, record, rs: hash, patient: 'PAT-1', body: utf8('{"medicine":"Ibuprofen"}') })
const slipTextOf = bytes => `CHARTSEAL-RX:${prescriptions.encodeBase45(bytes)}`

/** Windows of keys that are destroyed are left out, so that such a device is not written as it came. */
const writtenDevice = device =>
  device.windows.size + device.opening.length > 0 ? null : clinic.encodeDevice(device)

const kept = [
  target(
    'clinic/decodeDevice',
    () => [clinic.encodeDevice(device)],
    input => clinic.decodeDevice(input.slice()),
    writtenDevice,
  ),
  target(
    'clinic/rootOfBook',
    () => [encodeCbor({ v: 1, root: hash, rings: [] }), encodeCbor({ v: 2, root: hash, rings: [] })],
    clinic.rootOfBook,
  ),
  target(
    'prescriptions/decodeErrand',
    () => [errand],
    prescriptions.decodeErrand,
    prescriptions.encodeErrand,
  ),
  target(
    'prescriptions/decodeBook',
    () => [prescriptions.encodeBook(prescriptions.newBook(anchor))],
    prescriptions.decodeBook,
    prescriptions.encodeBook,
    { weight: 0.1 },
  ),
  target(
    'prescriptions/decodeBase45',
    () => [prescriptions.encodeBase45(filled(31, 200)), ''],
    prescriptions.decodeBase45,
    prescriptions.encodeBase45,
  ),
  target('prescriptions/readSlip', () => [slipTextOf(slip)], prescriptions.readSlip),
  target(
    'prescriptions/readSlip inside',
    () => [slip],
    bytes => prescriptions.readSlip(slipTextOf(bytes)),
  ),
]

const kid = encodeBase64Url(own.slice())
const rosterText = JSON.stringify({
  v: 1,
  origin: 'https://clinic.example',
  seq: 2,
  previous: kid,
  officers: [kid],
  threshold: 1,
  people: [{ kid, role: 'doctor', mailbox: encodeBase64Url(filled(16, 1)) }],
})
const headerNames = ['signature-input', 'signature', 'content-digest']
const headers = [
  `sig=("@method" "@target-uri" "content-digest");created=1790000000;nonce="${encodeBase64Url(filled(16, 1))}";alg="ed25519";keyid="${kid}";tag="chartseal/v2"`,
  `sig=:${Buffer.from(filled(64, 1)).toString('base64')}:`,
  `sha-256=:${Buffer.from(hash).toString('base64')}:`,
]
const bundle = {
  resourceType: 'Bundle',
  entry: [
    { fullUrl: 'urn:uuid:1', resource: { resourceType: 'Patient', id: '1' } },
    {
      resource: {
        resourceType: 'MedicationRequest',
        id: '2',
        status: 'active',
        intent: 'order',
        subject: { reference: 'urn:uuid:1' },
        medicationCodeableConcept: { text: 'Ibuprofen' },
        dosageInstruction: [
          {
            text: '1-0-1',
            doseAndRate: [{ doseQuantity: { value: 1, unit: 'tablet' } }],
            timing: { repeat: { frequency: 2, period: 1, periodUnit: 'd' } },
          },
        ],
      },
    },
    {
      resource: {
        resourceType: 'Observation',
        id: '3',
        status: 'final',
        subject: { reference: 'urn:uuid:1' },
      },
    },
  ],
}

const ofServer = [
  target('clinic/parseRoster', () => [utf8(rosterText)], roster.parseRoster),
  target(
    'clinic/readSignature',
    () => [headers.join('\n')],
    text => {
      const lines = text.split('\n')
      return readSignature(name => lines[headerNames.indexOf(name)])
    },
  ),
  target(
    'clinic/readOrders',
    () => [JSON.stringify(bundle)],
    text => clinic.readOrders(parseJson(text)),
  ),
]

export const targets = [...emergencies, ...texts, ...invitations, ...kept, ...ofServer]
