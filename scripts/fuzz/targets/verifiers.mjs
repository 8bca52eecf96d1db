/** What checks and opens: each is given what a stranger could, and knows its own keys. */
import * as access from '../../../packages/audit/dist/access.js'
import * as audit from '../../../packages/audit/dist/index.js'
import * as glass from '../../../packages/clinic/dist/break-glass.js'
import { inspectAnyMessage } from '../../../packages/clinic/dist/explain.js'
import * as clinic from '../../../packages/clinic/dist/index.js'
import * as prescriptions from '../../../packages/clinic/dist/prescriptions.js'
import { checkNextRoster } from '../../../packages/clinic/dist/roster.js'
import * as team from '../../../packages/clinic/dist/team.js'
import { openAt, sealAt } from '../../../packages/core/dist/aead.js'
import { openRange, openStream, sealBytes, through } from '../../../packages/core/dist/chunked.js'
import { decodeCborViews, encodeBase64Url, encodeCbor } from '../../../packages/core/dist/encoding.js'
import { JsonObject, parseJson } from '../../../packages/core/dist/json.js'
import { AeadKey, SecretBytes } from '../../../packages/core/dist/keys.js'
import * as ledger from '../../../packages/emr-ledger/dist/index.js'
import * as ledgerV1 from '../../../packages/emr-ledger/dist/v1.js'
import * as envelope from '../../../packages/ipfs-envelope/dist/index.js'
import { verifyHealthCard } from '../../../packages/ipfs-envelope/dist/shc.js'
import { parseMonth } from '../../../packages/kdf-keyring/dist/v1.js'
import * as shamir from '../../../packages/shamir/dist/index.js'
import { parseMnemonic } from '../../../packages/shamir/dist/slip39/mnemonic.js'
import { parseShareFile } from '../../../packages/shamir/dist/v1.js'
import * as wire from '../../../packages/wire/dist/index.js'
import { bytesIn, filled, hex, objectsIn, soleOf, target, textsIn, utf8 } from '../corpus.mjs'
import { firstBinding, firstMessage, messageKey } from './messages.mjs'

const key = new AeadKey(filled(32, 9))
const context = utf8('context')
const random = { bytes: sizeBytes => filled(sizeBytes, 5) }
const hash = filled(32, 4)
const few = { weight: 0.1 }

async function* pieceOf(bytes) {
  yield bytes
}

async function drained(pieces) {
  let sizeBytes = 0
  for await (const piece of pieces) sizeBytes += piece.length
  return sizeBytes
}

const sealedSeeds = () => [
  sealBytes(key, filled(100, 1), context, random),
  sealBytes(key, filled(40_000, 1), context, random),
]
const sealedAt = () => [sealAt(key, 5n, utf8('text'), context)]
const sourceOf = bytes => ({ sizeBytes: bytes.length, read: async (from, to) => bytes.slice(from, to) })

const ofCore = [
  target(
    'core/decodeCborViews',
    () => bytesIn('own/ledger-v2', 'record').slice(0, 5),
    decodeCborViews,
    encodeCbor,
    { weight: 0.5 },
  ),
  target(
    'core/openAt',
    sealedAt,
    soleOf(sealedAt, input => openAt(key, 5n, input, context)),
    undefined,
    few,
  ),
  target(
    'core/openStream',
    sealedSeeds,
    input => drained(through(pieceOf(input), openStream(key, context))),
    undefined,
    few,
  ),
  target(
    'core/openRange',
    sealedSeeds,
    input => openRange(key, sourceOf(input), context, 3, 90),
    undefined,
    few,
  ),
]

const [drill] = objectsIn('own/share-drills-v3', 'challenge', 'root', 'answers')
const wordList = Array.from({ length: 1024 }, (_, i) => `w${i.toString(36).padStart(3, '0')}`)

const ofShares = [
  target(
    'shamir/checkDrill',
    () => drill.answers.map(hex),
    input => shamir.checkDrill(shamir.parseDrillAnswer(input), hex(drill.challenge), hex(drill.root)),
    undefined,
    few,
  ),
  // The words of SLIP-0039 are not here: others stand for them, and no checksum is right.
  target(
    'shamir/parseMnemonic',
    () => [wordList.slice(0, 20).join(' '), wordList.slice(7, 40).join(' ')],
    text => parseMnemonic(text, wordList, 0),
    undefined,
    { refusesAll: true },
  ),
  target(
    'shamir/parseShareFile',
    () => ['{"x":1,"y":"00ff","set":"a","threshold":2}', '{"shares":[{"x":1,"y":"00"},{"x":2,"y":"01"}]}'],
    parseShareFile,
  ),
  target(
    'keyring/parseMonth',
    () => ['2026-11'],
    parseMonth,
    month => month,
  ),
]

const ofMessages = [
  target(
    'wire/openAttachment',
    () => [wire.parseMessage(firstMessage.text)],
    input =>
      drained(
        through(
          pieceOf(input),
          wire.openAttachment(() => ({ key: messageKey, binding: firstBinding })).stream,
        ),
      ),
    undefined,
    few,
  ),
  target(
    'clinic/inspectAnyMessage',
    () => [firstMessage.text, ...textsIn('seeds/medcrypt-wire', 'wire').slice(0, 3)],
    inspectAnyMessage,
    undefined,
    { never: true },
  ),
]

const [sealedShare] = objectsIn('own/break-glass-v2', 'sealed', 'secret', 'subject', 'kid', 'share')
const shareSecret = new SecretBytes(hex(sealedShare.secret))
const sealing = { use: sealedShare.use, subject: hex(sealedShare.subject), kid: sealedShare.kid }
const rosterKeys = new Map([[encodeBase64Url(hash), hash]])
const rosterText = JSON.stringify({
  v: 1,
  origin: 'o',
  seq: 1,
  previous: '',
  officers: [encodeBase64Url(hash)],
  threshold: 1,
  people: [],
})
const [slipCase] = objectsIn('own/slips-v2', 'text', 'roster', 'txid')
const slipPrefix = 'CHARTSEAL-RX:'
const slips = () => [prescriptions.decodeBase45(slipCase.text.slice(slipPrefix.length))]
const checkedSlip = async bytes =>
  prescriptions.checkSlip(
    await prescriptions.readSlip(`${slipPrefix}${prescriptions.encodeBase45(bytes)}`),
    ledger.decodeRoster(hex(slipCase.roster)),
  )
const answer = team.formatTeamAnswer({ id: filled(16, 1), signing: hash, box: '' })

const ofClinic = [
  target(
    'break-glass/openSealedShare',
    () => [hex(sealedShare.sealed)],
    input => glass.openSealedShare(input, shareSecret, sealing),
    undefined,
    few,
  ),
  target(
    'break-glass/parseSetParcel',
    () => objectsIn('own/break-glass-v2', 'set').map(one => encodeCbor([hex(one.set)])),
    glass.parseSetParcel,
    glass.encodeParcel,
    { ...few, refusesAll: true },
  ),
  target(
    'clinic/checkNextRoster',
    () => [utf8(rosterText)],
    input =>
      checkNextRoster(input, [], {
        origin: 'o',
        latest: null,
        keyOf: async kid => rosterKeys.get(kid) ?? null,
      }),
    undefined,
    { ...few, refusesAll: true },
  ),
  target('clinic/checkSlip', slips, checkedSlip, undefined, { weight: 0.3 }),
  target(
    'clinic/readBody',
    () => [utf8('{"medicine":"Ibuprofen"}'), utf8('{"resourceType":"MedicationRequest"}')],
    input => prescriptions.readBody(input, 'en'),
  ),
  target(
    'clinic/parseTeamAnswer',
    () => [answer.content],
    content => team.parseTeamAnswer({ ...answer, content }),
  ),
  target(
    'clinic/acceptCode',
    () => textsIn('own/pairing-v2', 'uri'),
    uri =>
      clinic.acceptCode(clinic.newDevice('patient', 'R', random), uri, {
        random,
        clock: { nowMs: () => 1_784_116_800_000 },
      }),
    undefined,
    few,
  ),
]

const block = () => bytesIn('own/ledger-blocks-v2', 'block')
const [bundled] = objectsIn('own/ledger-bundles-v2', 'anchor', 'bundle', 'next_anchor')
const anchor = ledger.decodeAnchor(hex(bundled.anchor))
const [proven] = objectsIn('own/ledger-blocks-v2', 'block', 'proof', 'place')
const provenBlock = ledger.decodeBlock(hex(proven.block))
const recordProofs = () => [encodeCbor(proven.proof.map(hex))]
const bytesOnly = value => (Array.isArray(value) ? value.filter(part => part instanceof Uint8Array) : [])
const signedByIt = objectsIn('own/ledger-v2', 'algorithm', 'signature', 'valid').find(({ valid }) => valid)
const signer = { algorithm: signedByIt.algorithm, publicKey: hex(signedByIt.public_key) }
const signatures = () => [hex(signedByIt.signature)]
const recordsV1 = () => objectsIn('seeds/emr-records', 'dr_public_key').map(one => JSON.stringify(one))

const ofLedger = [
  target(
    'ledger/checkBundle',
    () => [hex(bundled.bundle)],
    input => ledger.checkBundle(anchor, input, { nowSeconds: BigInt(bundled.now) }),
    undefined,
    { weight: 0.3 },
  ),
  target('ledger/verifyRecordProof', recordProofs, input =>
    ledger.verifyRecordProof(
      ledger.recordsRoot(provenBlock.records),
      provenBlock.records[proven.place].wtxid,
      bytesOnly(decodeCborViews(input)),
    ),
  ),
  target(
    'ledger/recordsRoot',
    block,
    input => ledger.recordsRoot(ledger.decodeBlock(input).records),
    undefined,
    few,
  ),
  target(
    'ledger/verifySignature',
    signatures,
    soleOf(signatures, input => ledger.verifySignature(signer, hex(signedByIt.message), input)),
    undefined,
    few,
  ),
  target(
    'ledger/v1 verifyRecord',
    recordsV1,
    text => ledgerV1.verifyRecord(ledgerV1.recordFromJson(new JsonObject(parseJson(text))), 0n),
    undefined,
    few,
  ),
]

const [granted] = objectsIn('own/grants-v2', 'content_key', 'list', 'recipients')
const contentKey = new AeadKey(hex(granted.content_key))
const [to] = granted.recipients.filter(({ kem, secret }) => kem === 'x25519' && secret !== undefined)
const identity =
  to === undefined ? null : envelope.identityOf({ kem: 'x25519', secret: new SecretBytes(hex(to.secret)) })
const lists = () => bytesIn('own/grants-v2', 'list')
const openGrant = async input => {
  const list = envelope.parseGrantList(input)
  return envelope.openGrant(list, identity, {
    pin: { owner: list.owner, packageId: list.packageId, newest: null },
    nowMs: 1_790_000_000_000,
  })
}
const [card] = objectsIn('own/shl', 'jwks', 'text', 'trusted')
const cardFetch = async () =>
  new Response(JSON.stringify(card.jwks), { headers: { 'content-type': 'application/json' } })

const ofRecords = [
  target(
    'envelope/openHistory',
    lists,
    input => envelope.openHistory(envelope.parseGrantList(input), contentKey),
    undefined,
    few,
  ),
  target('envelope/openGrant', lists, openGrant, undefined, few),
  target(
    'shc/verifyHealthCard',
    () => [card.text],
    text => verifyHealthCard(text, { issuers: card.trusted, nowMs: card.now * 1000, fetch: cardFetch }),
    undefined,
    few,
  ),
]

const [sealedEntry] = objectsIn('own/audit-v2', 'subject_key', 'origin', 'leaf', 'record')
const subjectKey = new audit.SubjectKey(hex(sealedEntry.subject_key))
const sealedLeaves = () => [hex(sealedEntry.leaf)]
const entries = () => bytesIn('own/break-glass-v2', 'entry')

const ofLog = [
  target(
    'audit/openLeaf',
    sealedLeaves,
    soleOf(sealedLeaves, input => audit.openLeaf(subjectKey, sealedEntry.origin, input)),
    undefined,
    { weight: 0.3 },
  ),
  target('audit/accessCommitment', entries, input => access.accessCommitment(hash, input)),
]

export const targets = [
  ...ofCore,
  ...ofShares,
  ...ofMessages,
  ...ofClinic,
  ...ofLedger,
  ...ofRecords,
  ...ofLog,
]
