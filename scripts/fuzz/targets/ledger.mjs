/** Readers of `emr-ledger`: records, blocks, seals, proofs, FHIR, and version 1. */

import { decodePem } from '../../../packages/core/dist/der.js'
import { SigningKey, sign, verifyingKeyOf } from '../../../packages/core/dist/ed25519.js'
import { decodeCbor, encodeCbor } from '../../../packages/core/dist/encoding.js'
import { JsonObject, parseJson } from '../../../packages/core/dist/json.js'
import { parseFhir } from '../../../packages/emr-ledger/dist/fhir/json.js'
import * as fhir from '../../../packages/emr-ledger/dist/fhir.js'
import * as ledger from '../../../packages/emr-ledger/dist/index.js'
import { decodePending, encodePending } from '../../../packages/emr-ledger/dist/node/notes.js'
import {
  decodeBlock as decodeBlockV1,
  encodeBlock as encodeBlockV1,
} from '../../../packages/emr-ledger/dist/v1/chain/codec.js'
import { parseSignature } from '../../../packages/emr-ledger/dist/v1/ecdsa.js'
import { readPkcs8, readSec1 } from '../../../packages/emr-ledger/dist/v1/private-key.js'
import { parseSeedPublicKey, parseStrictPublicKey } from '../../../packages/emr-ledger/dist/v1/public-key.js'
import * as v1 from '../../../packages/emr-ledger/dist/v1.js'
import {
  decodePoaMemory,
  encodePoaMemory,
  firstPoaMemory,
} from '../../../packages/emr-ledger/dist/v2/seals/poa-memory.js'
import {
  decodePoaSeal,
  decodeVote,
  encodePoaSeal,
  encodeVote,
} from '../../../packages/emr-ledger/dist/v2/seals/poa-votes.js'
import {
  decodePowMemory,
  encodePowMemory,
  firstPowMemory,
} from '../../../packages/emr-ledger/dist/v2/seals/pow-memory.js'
import { votedBytesOf } from '../../../packages/emr-ledger/dist/v2/seals/signing.js'
import { decodeTlogMemory, encodeTlogMemory } from '../../../packages/emr-ledger/dist/v2/seals/tlog-memory.js'
import { bytesIn, filled, hex, objectsIn, target, textsIn, utf8 } from '../corpus.mjs'

const genesisBytes = bytesIn('own/ledger-v2', 'genesis')[0]
const genesis = ledger.decodeGenesis(genesisBytes)
const blocksGenesis = ledger.decodeGenesis(bytesIn('own/ledger-blocks-v2', 'genesis')[0])
const records = () => bytesIn('own/ledger-v2', 'record')
const claims = () => records().flatMap(claimsOf)
const blocks = () => bytesIn('own/ledger-blocks-v2', 'blocks', 'block')
const [bundled] = objectsIn('own/ledger-bundles-v2', 'anchor', 'bundle', 'next_anchor')
const ofBundle = ledger.decodeAnchor(hex(bundled.anchor))
const anchor = ledger.anchorOf(genesisBytes)
const hash = filled(32, 4)
const signature = filled(64, 5)

/** Some records of the vectors are refused. */
function claimsOf(bytes) {
  try {
    return [ledger.decodeRecord(bytes).claimsBytes]
  } catch {
    return []
  }
}

const bundle = {
  evidence: [filled(40, 1)],
  rosterProof: { other: new Uint8Array(), siblings: [] },
  roster: null,
  prescription: null,
  signer: null,
  changes: [filled(20, 2)],
  record: { bytes: records()[0], path: [filled(33, 1)] },
}
const proofs = () => bytesIn('own/ledger-blocks-v2', 'proof')
const vote = { block: hash, slot: 5n, kid: hash, signature }
const state = {
  status: 'partly',
  prescriber: hash,
  quantity: 20,
  dispensed: 5,
  validUntil: 5n,
  last: hash,
  replacedBy: null,
  slip: hash,
}

const records2 = [
  target(
    'ledger/decodeGenesis',
    () => bytesIn('own/ledger-v2', 'genesis'),
    ledger.decodeGenesis,
    ledger.encodeGenesis,
    { weight: 0.3 },
  ),
  target('ledger/decodeRecord', records, ledger.decodeRecord, record => record.bytes, { weight: 2 }),
  target('ledger/decodeClaims', claims, ledger.decodeClaims, ledger.encodeClaims, { weight: 2 }),
  target(
    'ledger/verifyRecordSignatures',
    records,
    input => ledger.verifyRecordSignatures(ledger.decodeRecord(input), genesis.roster, 1n),
    undefined,
    { weight: 0.1 },
  ),
  target(
    'ledger/decodeRoster',
    () => [ledger.encodeRoster(genesis.roster), ledger.encodeRoster(blocksGenesis.roster)],
    ledger.decodeRoster,
    ledger.encodeRoster,
    { weight: 0.3 },
  ),
]

const stateProofs = () =>
  objectsIn('own/ledger-blocks-v2', 'proof', 'key', 'root')
    .filter(({ proof }) => typeof proof === 'string')
    .map(({ proof, key, root }) => encodeCbor({ proof: hex(proof), key: hex(key), root: hex(root) }))

const chains = [
  target(
    'ledger/decodeHeader',
    () => bytesIn('own/ledger-blocks-v2', 'header'),
    input => ledger.decodeHeader(input),
    ledger.encodeHeader,
  ),
  target('ledger/decodeBlock', blocks, input => ledger.decodeBlock(input), ledger.encodeBlock),
  target('ledger/decodeStateProof', proofs, ledger.decodeStateProof, ledger.encodeStateProof),
  target('ledger/verifyStateProof', stateProofs, verifyState),
  target(
    'ledger/decodePrescriptionState',
    () => [ledger.encodePrescriptionState(state)],
    ledger.decodePrescriptionState,
    ledger.encodePrescriptionState,
  ),
  target('ledger/decodeSeq', () => [ledger.encodeSeq(5n)], ledger.decodeSeq, ledger.encodeSeq),
  target(
    'ledger/decodePending',
    () => [encodePending(3, records()[0])],
    decodePending,
    ({ order, record }) => encodePending(order, record),
  ),
]

function verifyState(input) {
  const { proof, key, root } = Object(decodeCbor(input))
  if (
    ![proof, key, root].every(part => part instanceof Uint8Array) ||
    key.length !== 32 ||
    root.length !== 32
  )
    return null
  return ledger.verifyStateProof(root, key, null, ledger.decodeStateProof(proof))
}

const seals = [
  target(
    'ledger/decodePoaSeal',
    () => [encodePoaSeal({ signature, votes: [{ kid: hash, signature }] })],
    decodePoaSeal,
    encodePoaSeal,
  ),
  target('ledger/decodeVote', () => [encodeVote(vote)], decodeVote, encodeVote),
  target(
    'ledger/decodePoaMemory',
    () => [encodePoaMemory(firstPoaMemory(blocksGenesis.roster))],
    decodePoaMemory,
    encodePoaMemory,
  ),
  target(
    'ledger/decodePowMemory',
    () => [encodePowMemory(firstPowMemory(5n))],
    decodePowMemory,
    encodePowMemory,
  ),
  target(
    'ledger/decodeTlogMemory',
    () => [encodeTlogMemory({ kind: 'tlog', height: 5n })],
    decodeTlogMemory,
    encodeTlogMemory,
  ),
  target(
    'ledger/decodeTrust',
    () => [ledger.encodeTrust(ledger.anchorOf(genesisBytes).trust)],
    input => ledger.decodeTrust(input, genesis.seal.kind),
    ledger.encodeTrust,
  ),
  target(
    'ledger/decodeAnchor',
    () => [ledger.encodeAnchor(anchor)],
    ledger.decodeAnchor,
    ledger.encodeAnchor,
    { weight: 0.1 },
  ),
  target(
    'ledger/decodeBundle',
    () => [ledger.encodeBundle(bundle)],
    ledger.decodeBundle,
    ledger.encodeBundle,
  ),
  target(
    'ledger/checkFinality',
    () => [ledger.decodeBundle(hex(bundled.bundle)).evidence.at(-1)],
    input => ledger.checkFinality(ofBundle, ofBundle.trust, input),
    undefined,
    { weight: 0.3 },
  ),
  target('ledger/checkOffence', offences, ledger.checkOffence, ledger.encodeOffence, { weight: 0.1 }),
]

function offences() {
  const key = new SigningKey(filled(32, 7))
  const voted = [filled(32, 1), filled(32, 2)]
  const signatures = voted.map(block => sign(key, votedBytesOf(hash, 5n, block)))
  const sealer = { v: 2, kind: 'votes', alg: 'Ed25519', key: verifyingKeyOf(key) }
  return [encodeCbor({ ...sealer, ledger: hash, slot: 5n, blocks: voted, signatures })]
}

/** Resources of a kind that are taken: the vectors have others, too. */
const resourcesOf = kind =>
  objectsIn('own/prescription-fhir-v2', 'resource', 'form')
    .filter(({ resource }) => resource.startsWith(`{"resourceType":"${kind}"`))
    .map(({ resource }) => utf8(resource))
const requests = () => resourcesOf('MedicationRequest')
const dispenses = () => resourcesOf('MedicationDispense')

const signer = ledger.ed25519Signer(new SigningKey(filled(32, 7)))
const isSame = (a, b) => Buffer.compare(a, b) === 0
const [stored] = requests()
const provenance = await fhir.signProvenance(stored, signer, {
  id: 'p-1',
  who: { reference: 'Practitioner/okafor', identifier: null, display: 'Dr. Okafor' },
  seconds: 1_790_000_000,
})

const resources = [
  target(
    'fhir/parseFhir',
    () => [utf8('{"resourceType":"Basic","a":[1.50,-0,1e3,"s\\\\\\"",null,true]}'), ...requests()],
    parseFhir,
  ),
  target('fhir/readMedicationRequest', requests, input => fhir.readMedicationRequest(input)),
  target('fhir/readMedicationDispense', dispenses, input => fhir.readMedicationDispense(input)),
  target(
    'fhir/verifyProvenance',
    () => [provenance],
    input => fhir.verifyProvenance(input, stored, kid => (isSame(kid, signer.kid) ? signer : null)),
    undefined,
    { weight: 0.3 },
  ),
]

const recordsV1 = () => objectsIn('seeds/emr-records', 'dr_public_key').map(one => JSON.stringify(one))
const keysV1 = () => bytesIn('seeds/emr-records', 'dr_public_key')
const pemsV1 = () => textsIn('seeds/emr-records', 'doctor_private_key_pem').map(pem => decodePem(pem).der)
const blockV1 = () =>
  objectsIn('seeds/emr-blocks', 'block_id', 'previous')
    .slice(0, 1)
    .map(one =>
      encodeBlockV1({
        height: 0n,
        previous: hex(one.previous),
        miner: hex(one.miner),
        timestamp: BigInt(one.timestamp),
        difficulty: BigInt(one.difficulty),
        nonce: BigInt(one.nonce),
        blockId: hex(one.block_id),
        records: [],
      }),
    )

const first = [
  target('ledger/v1 decodeBlock', blockV1, decodeBlockV1, encodeBlockV1),
  target('ledger/v1 verifyBlock', blockV1, input => v1.verifyBlock(decodeBlockV1(input)), undefined, {
    weight: 0.5,
  }),
  target('ledger/v1 recordFromJson', recordsV1, text => v1.recordFromJson(new JsonObject(parseJson(text)))),
  target('ledger/v1 parseStrictPublicKey', keysV1, parseStrictPublicKey, undefined, { weight: 0.2 }),
  target('ledger/v1 parseSeedPublicKey', keysV1, parseSeedPublicKey, undefined, { weight: 0.2 }),
  target('ledger/v1 parseSignature', () => bytesIn('seeds/emr-records', 'signature'), parseSignature),
  target('ledger/v1 readPkcs8', pemsV1, readPkcs8),
  target(
    'ledger/v1 readSec1',
    () => [hex(`30740201010420${'11'.repeat(32)}a00706052b8104000aa144034200${'04'}${'22'.repeat(64)}`)],
    readSec1,
  ),
]

export const targets = [...records2, ...chains, ...seals, ...resources, ...first]
