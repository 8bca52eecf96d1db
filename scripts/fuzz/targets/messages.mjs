/** Readers of `wire`, `kdf-keyring` and `shamir`. */
import { SigningKey } from '../../../packages/core/dist/ed25519.js'
import { AeadKey } from '../../../packages/core/dist/keys.js'
import { formatBech32m as bech32mOf } from '../../../packages/ipfs-envelope/dist/bech32m.js'
import * as ring from '../../../packages/kdf-keyring/dist/index.js'
import { readAnswer } from '../../../packages/kdf-keyring/dist/pairing-payload.js'
import * as shamir from '../../../packages/shamir/dist/index.js'
import { decodeBody, encodeBody, encodeFront, parseFront } from '../../../packages/wire/dist/body.js'
import * as wire from '../../../packages/wire/dist/index.js'
import * as wireV1 from '../../../packages/wire/dist/v1.js'
import { bytesIn, filled, hex, objectsIn, target, textsIn, utf8 } from '../corpus.mjs'

const messageTexts = () =>
  objectsIn('own/wire-v2', 'text').flatMap(({ text, refused }) => (refused === undefined ? [text] : []))
const messageBytes = () => messageTexts().map(wire.parseMessage)
const partTexts = () => wire.splitMessage(messageBytes().at(0), 300)
const bodies = () => [
  encodeBody({ mediaType: 'text/plain', content: utf8('BP 120/80'), sentAtMs: 1_790_000_000_000 }),
  encodeBody({ mediaType: 'application/dicom', content: filled(300, 1), sentAtMs: 0, fileName: 'Ä.dcm' }),
]
export const [firstMessage] = objectsIn('own/wire-v2', 'key', 'text')
export const messageKey = new AeadKey(hex(firstMessage.key))
export const firstBinding = {
  patientId: firstMessage.patient_id,
  thread: firstMessage.thread,
  sender: firstMessage.sender,
  recipient: firstMessage.recipient,
}
const v1Key = new AeadKey(hex(objectsIn('seeds/medcrypt-wire', 'key')[0].key))
const v1Texts = () => textsIn('seeds/medcrypt-wire', 'wire')

const messages = [
  target('wire/parseMessage', messageTexts, wire.parseMessage, wire.formatMessage),
  target('wire/parsePart', partTexts, wire.parsePart),
  target(
    'wire/joinParts',
    () => [partTexts().join('\n')],
    text => wire.joinParts(text.split('\n')),
  ),
  target(
    'wire/messageOfTexts',
    () => [partTexts().join('\n'), ...messageTexts()],
    text => wire.messageOfTexts(text.split('\n')),
  ),
  target('wire/inspectMessage', () => [...messageTexts(), ...partTexts()], wire.inspectMessage, undefined, {
    never: true,
  }),
  target('wire/readHeader', messageBytes, wire.readHeader),
  target('wire/readFront', messageBytes, wire.readFront),
  target(
    'wire/openMessage',
    messageBytes,
    input => wire.openMessage(messageKey, input, firstBinding),
    undefined,
    { weight: 0.3 },
  ),
  target('wire/decodeBody', bodies, decodeBody, encodeBody),
  target(
    'wire/parseFront',
    () => [encodeFront({ mediaType: 'text/plain', sizeBytes: 70_000, sentAtMs: 5, fileName: 'a' })],
    parseFront,
  ),
  target('wire/v1 inspect', v1Texts, wireV1.inspect, undefined, { never: true }),
  target('wire/v1 open', v1Texts, text => wireV1.open(v1Key, text)),
  target('wire/v1 open leniently', v1Texts, text => wireV1.open(v1Key, text, { lenient: true })),
]

const phcTexts = () => [
  ...textsIn('own/keyring-v2', 'phc'),
  '$argon2id$v=19$m=65536,t=3,p=4$KC82PURLUllgZ251fIOKkQ',
]
const random = { bytes: sizeBytes => filled(sizeBytes, 5) }
const self = { role: 'doctor', name: 'Dr. Okafor', signingKey: new SigningKey(filled(32, 4)), device: 0 }
/** The first byte of a map of 14 fields, which a state had before. */
const mapOf14 = 0xae
const states = () => bytesIn('own/keyring-v2', 'state')
const olderStates = () => bytesIn('own/keyring-v2', 'older_state')

const rings = [
  target(
    'kdf-keyring/parsePairingUri',
    () => textsIn('own/pairing-v2', 'uri'),
    ring.parsePairingUri,
    ring.formatPairingUri,
  ),
  target('kdf-keyring/readPayload', () => bytesIn('own/pairing-v2', 'payload'), ring.readPayload),
  target('kdf-keyring/readAnswer', () => bytesIn('own/pairing-v2', 'answer'), readAnswer),
  target(
    'kdf-keyring/acceptPairing',
    () => textsIn('own/pairing-v2', 'uri'),
    text => ring.acceptPairing(text, self, 1_784_116_800_000, { random }),
    undefined,
    { weight: 0.05 },
  ),
  target('kdf-keyring/parsePersonName', () => ['Dr. Okafor', 'Rosa'], ring.parsePersonName),
  target(
    'kdf-keyring/decodeRing',
    states,
    bytes => ({ state: ring.decodeRing(bytes), isOlder: bytes[0] === mapOf14 }),
    // A state of before is read, and never written.
    ({ state, isOlder }) => (isOlder ? null : ring.encodeRing(state)),
    { weight: 0.2 },
  ),
  target('kdf-keyring/decodeRing of before', olderStates, ring.decodeRing, undefined, { weight: 0.2 }),
  target(
    'kdf-keyring/inspectExport',
    () => bytesIn('own/keyring-v2', 'export', 'older_export'),
    ring.inspectExport,
  ),
  target('kdf-keyring/parsePhc', phcTexts, ring.parsePhc, ring.formatPhc),
]

const shares = () => bytesIn('own/shares-v2', 'cbor')
const shareTexts = () => textsIn('own/shares-v2', 'text')
const messageSeeds = kind => () => [
  ...bytesIn('own/share-messages-v2', kind, 'message'),
  ...(kind === 'drill-answer' ? bytesIn('own/share-drills-v3', 'answers') : []),
]

const ofMessages = shamir.messageKindNames.map(kind => {
  const { decode, encode } = shamir.messageKinds[kind]
  return target(`shamir/${kind}`, messageSeeds(kind), decode, encode)
})

const texts = text => text.split('\n').map(shamir.parseShareText)
const sets = () => [shareTexts().slice(0, 2).join('\n'), shareTexts().slice(2, 5).join('\n')]

const sharing = [
  target('shamir/parseShare', shares, shamir.parseShare, shamir.encodeShare),
  target('shamir/parseShareText', shareTexts, shamir.parseShareText),
  target('shamir/verifyShare', shares, input => shamir.verifyShare(shamir.parseShare(input))),
  target('shamir/combineShares', sets, text => shamir.combineShares(texts(text)), undefined, { weight: 0.3 }),
  target(
    'shamir/parseShareText inside',
    () => shares().filter(one => one.length < 500),
    input => shamir.parseShareText(bech32mOf('chartshare', input)),
  ),
  target('shamir/fromVault', () => [filled(33, 5)], shamir.fromVault),
  target('shamir/fromPrivy', () => [filled(33, 5)], shamir.fromPrivy),
  target('shamir/messageKind', () => bytesIn('own/share-messages-v2', 'message'), shamir.messageKind),
  ...ofMessages,
]

export const targets = [...messages, ...rings, ...sharing]
