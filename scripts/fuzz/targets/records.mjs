/** Readers of `ipfs-envelope`: grant lists, capabilities, payloads, CIDs, CARs, keys, SMART Health Links and Cards. */

import { createHash } from 'node:crypto'
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import { decodePem, encodePem } from '../../../packages/core/dist/der.js'
import { SigningKey, sign } from '../../../packages/core/dist/ed25519.js'
import { AeadKey } from '../../../packages/core/dist/keys.js'
import {
  ageRecipientOf,
  exportAge,
  generateAgeIdentity,
  importAge,
} from '../../../packages/ipfs-envelope/dist/age.js'
import { bytesOfBech32m, formatBech32m } from '../../../packages/ipfs-envelope/dist/bech32m.js'
import { bytesSource, exportCar, importCar, openCar } from '../../../packages/ipfs-envelope/dist/car.js'
import { rawAddressing } from '../../../packages/ipfs-envelope/dist/cid/addressing.js'
import { cidInAnyBase } from '../../../packages/ipfs-envelope/dist/cid/bases.js'
import { parseCid } from '../../../packages/ipfs-envelope/dist/cid/parse.js'
import { readBytesCid, writeCid } from '../../../packages/ipfs-envelope/dist/cid/parse-bytes.js'
import { signedBytes } from '../../../packages/ipfs-envelope/dist/grants/codec.js'
import * as envelope from '../../../packages/ipfs-envelope/dist/index.js'
import { publicKeyInfoOf, readPkcs8, readSpki } from '../../../packages/ipfs-envelope/dist/rsa/key-parse.js'
import { readPrivatePem, readPublicPem } from '../../../packages/ipfs-envelope/dist/rsa/keys.js'
import * as shc from '../../../packages/ipfs-envelope/dist/shc.js'
import { parsePasscodeVerifier } from '../../../packages/ipfs-envelope/dist/shl/passcode.js'
import * as shl from '../../../packages/ipfs-envelope/dist/shl.js'
import { decodeNode } from '../../../packages/ipfs-envelope/dist/unixfs/node.js'
import { blockLinks } from '../../../packages/ipfs-envelope/dist/unixfs.js'
import * as v1 from '../../../packages/ipfs-envelope/dist/v1.js'
import { bytesIn, filled, hex, joined, objectsIn, target, textsIn, utf8 } from '../corpus.mjs'

const lists = () => bytesIn('own/grants-v2', 'list')
const owner = new SigningKey(hex(objectsIn('own/grants-v2', 'owner_seed')[0].owner_seed))
const signatureBytes = 64

/** Signed by its owner, whatever it says: the limits and the form are what refuses it. */
function resigned(input) {
  return envelope.parseGrantList(joined(input, sign(owner, signedBytes(input))))
}

const unsigned = () => lists().map(list => list.subarray(0, -signatureBytes))
const anyText = () => textsIn('own/envelope-texts-v2', 'text')
const cids = () =>
  [...textsIn('own/grants-v2', 'payload_cid'), 'QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWKFwRd'].slice(-6)

const grants = [
  target('envelope/parseGrantList', lists, envelope.parseGrantList, ({ bytes }) => bytes, { weight: 0.5 }),
  target('envelope/parseGrantList resigned', unsigned, resigned, ({ bytes }) =>
    bytes.subarray(0, -signatureBytes),
  ),
  target('envelope/parseRecipient', anyText, envelope.parseRecipient, envelope.formatRecipient, {
    weight: 0.5,
  }),
  target('envelope/parseIdentityKey', anyText, envelope.parseIdentityKey, envelope.formatIdentityKey),
  target(
    'envelope/parseVerifyCapability',
    anyText,
    envelope.parseVerifyCapability,
    envelope.formatVerifyCapability,
  ),
  target(
    'envelope/parseReadCapability',
    anyText,
    envelope.parseReadCapability,
    envelope.formatReadCapability,
  ),
  target(
    'envelope/parseGrantCapability',
    anyText,
    envelope.parseGrantCapability,
    envelope.formatGrantCapability,
  ),
]

/** What stands behind a checksum: bytes that get the right one, so that the reader looks at them. */
const behind = (prefix, read) => input => read(formatBech32m(prefix, input))
const bytesOf = (prefix, text) => bytesOfBech32m(text, prefix, 4_096)
const capabilitySeeds = prefix => () =>
  anyText()
    .map(text => bytesOf(prefix, text))
    .filter(bytes => bytes !== null)
const inside = (prefix, read, format) =>
  target(`envelope/${prefix} inside`, capabilitySeeds(prefix), behind(prefix, read), value =>
    bytesOf(prefix, format(value)),
  )

const texts = [
  inside('csrec', envelope.parseRecipient, envelope.formatRecipient),
  inside('csid', envelope.parseIdentityKey, envelope.formatIdentityKey),
  inside('csverify', envelope.parseVerifyCapability, envelope.formatVerifyCapability),
  inside('csread', envelope.parseReadCapability, envelope.formatReadCapability),
  inside('csgrant', envelope.parseGrantCapability, envelope.formatGrantCapability),
]

const [payload] = objectsIn('own/payloads-v2', 'payload', 'key')
const payloadKey = new AeadKey(hex(payload.key))
const payloadId = { packageId: hex(payload.package), version: payload.version }
const ageIdentity = await generateAgeIdentity()
const ageFile = Uint8Array.from(await exportAge(utf8('a record'), [await ageRecipientOf(ageIdentity)]))

const contents = [
  target(
    'envelope/openPayloadBytes',
    () => [hex(payload.payload)],
    input => envelope.openPayloadBytes(payloadKey, payloadId, input),
    undefined,
    { weight: 0.05 },
  ),
  target(
    'envelope/openOaepBlock',
    () => [oaepBlock(utf8('a content key'))],
    input => envelope.openOaepBlock(input, new Uint8Array()),
  ),
  target(
    'envelope/importAge',
    () => [ageFile],
    input => importAge(input, [ageIdentity]),
    undefined,
    { weight: 0.02 },
  ),
  target('envelope/v1 parsePackage', packagesV1, v1.parsePackage),
  target('envelope/v1 inspectPackage', packagesV1, v1.inspectPackage, undefined, { never: true }),
]

/** RFC 8017 B.2.1 */
function mgf1(seed, sizeBytes) {
  const parts = Array.from({ length: Math.ceil(sizeBytes / 32) }, (_, i) =>
    createHash('sha256')
      .update(joined(seed, Uint8Array.of(0, 0, 0, i)))
      .digest(),
  )
  return joined(...parts).subarray(0, sizeBytes)
}

/** RFC 8017 7.1.1, 2, of a key of 2,048 bits, without a label. */
function oaepBlock(message) {
  const label = createHash('sha256').digest()
  const data = joined(label, filled(255 - 32 - 32 - 1 - message.length, 0), Uint8Array.of(1), message)
  const seed = filled(32, 7)
  const xor = (a, b) => a.map((byte, i) => byte ^ b[i])
  const maskedData = xor(data, mgf1(seed, data.length))
  return joined(Uint8Array.of(0), xor(seed, mgf1(maskedData, 32)), maskedData)
}

function packagesV1() {
  return objectsIn('seeds/envelope-packages', 'cid', 'enc_keys')
    .slice(0, 20)
    .map(one => JSON.stringify(one))
}

const block = utf8('a block of a record')
const car = await carOf()

async function carOf() {
  const cid = await rawAddressing.cidOf(block)
  const pieces = []
  for await (const piece of exportCar({ get: async () => block }, [cid])) pieces.push(piece)
  return joined(...pieces)
}

async function* pieceOf(bytes) {
  yield bytes
}

const dagNode = () => [
  hex('0a0d08021207636f6e74656e741807'),
  joined(hex('122a0a2401701220'), filled(32, 1), hex('1200180a'), hex('0a06080218052005')),
]

const blobs = [
  target('envelope/parseCid', cids, parseCid, cid => cid.toString()),
  target('envelope/readBytesCid', () => cids().slice(0, 1).map(writeCid), readBytesCid, writeCid),
  target('envelope/cidInAnyBase', cids, cidInAnyBase),
  target('envelope/decodeNode', dagNode, decodeNode, undefined, { never: true }),
  target(
    'envelope/blockLinks',
    dagNode,
    input => blockLinks('bafybeigwduxcf2aawppv3isnfeshnimkyplvw3hthxjhr2bdeouo3hkauq', input),
    undefined,
    { never: false },
  ),
  target(
    'envelope/openCar',
    () => [car],
    input => openCar(bytesSource(input)),
    undefined,
    { weight: 0.3 },
  ),
  target(
    'envelope/importCar',
    () => [car],
    input => importCar(pieceOf(input), { put: async () => undefined }),
    undefined,
    { weight: 0.3 },
  ),
]

const pems = () => textsIn('own/grants-v2', 'private_key_pem')
const publicDer = () => privateDer().map(der => publicKeyInfoOf(readPkcs8(der).der))
const publicPems = () => publicDer().map(der => encodePem('PUBLIC KEY', der))

const keys = [
  target('envelope/readPrivatePem', pems, text => readPrivatePem(text, null), undefined, { weight: 0.3 }),
  target('envelope/readPkcs8', privateDer, readPkcs8, undefined, { weight: 0.3 }),
  target('envelope/readSpki', publicDer, readSpki, ({ der }) => der),
  target('envelope/readPublicPem', publicPems, readPublicPem),
]

function privateDer() {
  return pems().map(pem => decodePem(pem).der)
}

const ofKind = kind => objectsIn('own/shl', 'kind', 'text').filter(one => one.kind === kind)
const shlTexts = kind => () => ofKind(kind).map(({ text }) => text)
const [file] = ofKind('file')
const fileKey = new AeadKey(hex(file.key))
const manifest = () => [
  JSON.stringify({
    files: [
      { contentType: 'application/fhir+json', location: 'https://a.example/x', lastUpdated: '2026' },
      { contentType: 'a', embedded: 'b' },
    ],
  }),
]
const asked = () => [JSON.stringify({ recipient: 'Lee', passcode: '1234', embeddedLengthMax: 5 })]
const cards = shlTexts('card')
const codes = () => objectsIn('own/shl', 'codes').map(one => one.codes.join('\n'))

const [cardHead, cardBody, cardSignature] = cards()[0].split('.')
const cardClaims = () => [inflateRawSync(Buffer.from(cardBody, 'base64url')).toString()]
const cardOf = claims => [cardHead, deflateRawSync(claims).toString('base64url'), cardSignature].join('.')

const links = [
  target(
    'shl/parseLink inside',
    () =>
      shlTexts('link')()
        .map(insideLink)
        .filter(text => text !== null),
    text => shl.parseLink(`shlink:/${Buffer.from(text).toString('base64url')}`),
  ),
  target(
    'shc/decodeHealthCard claims',
    cardClaims,
    claims => shc.decodeHealthCard(cardOf(claims)),
    undefined,
    { weight: 0.2 },
  ),
  target('shl/parseLink', shlTexts('link'), shl.parseLink),
  target('shl/parseManifest', manifest, shl.parseManifest),
  target('shl/parseManifestRequest', asked, shl.parseManifestRequest),
  target('shl/requireJwe', shlTexts('file'), shl.requireJwe),
  target('shl/decryptJwe', shlTexts('file'), text => shl.decryptJwe(text, fileKey), undefined, {
    weight: 0.3,
  }),
  target(
    'shl/parsePasscodeVerifier',
    () => [`pbkdf2-sha256:1000:${'A'.repeat(22)}:${'A'.repeat(43)}`],
    parsePasscodeVerifier,
  ),
  target('shc/decodeHealthCard', cards, shc.decodeHealthCard, undefined, { weight: 0.1 }),
  target('shc/parseHealthCardQr', codes, text => shc.parseHealthCardQr(text.split('\n'))),
]

/** The JSON in a link. */
function insideLink(text) {
  const [, word] = /^shlink:\/([\w-]+)$/.exec(text) ?? []
  return word === undefined ? null : Buffer.from(word, 'base64url').toString()
}

export const targets = [...grants, ...texts, ...contents, ...blobs, ...keys, ...links]
