/** What a node sends to somebody who has no chain: docs/spec/ledger-v2.md, "Proof bundle". */
import { CborFields } from '@chartseal/core/cbor'
import { type CborValue, decodeCbor, encodeCbor } from '@chartseal/core/encoding'
import { maxRecordSteps } from '../block.js'
import { lightError } from '../errors-light.js'
import { readStrictly } from '../fields.js'
import { readStateProof, type StateProof, stateProofFields } from '../tree-proof.js'

/** With the largest roster and its evidence. */
const maxBundleBytes: number = 2 ** 20
/** Changes of sealers since the anchor, and the head. */
const maxEvidences = 512
/** The newest changes of a prescription; older ones are left out. */
export const maxBundleChanges = 32

/** A leaf of the state of the head, or that there is none (`null`). */
export interface BundleLeaf {
  /** Of a prescription its txid, of a signer the kid; 32 bytes. */
  readonly of: Uint8Array
  readonly value: Uint8Array | null
  readonly proof: StateProof
}

/** A record, and that it stands in the head. */
export interface BundleRecord {
  readonly bytes: Uint8Array
  /** Its neighbours on the way to the records root, as `recordProof` gives them. */
  readonly path: readonly Uint8Array[]
}

export interface Bundle {
  /** What makes blocks final, from old to new: the last one is of the head, from which all the rest is proven. */
  readonly evidence: readonly Uint8Array[]
  /** That the roster is the one after the head. */
  readonly rosterProof: StateProof
  /** Its CBOR; `null`: the one that the client has. */
  readonly roster: Uint8Array | null
  readonly prescription: BundleLeaf | null
  readonly signer: BundleLeaf | null
  /** Claims of the changes of the prescription, the newest first. */
  readonly changes: readonly Uint8Array[]
  readonly record: BundleRecord | null
}

function leafValue({ of, value, proof }: BundleLeaf): CborValue {
  const leaf = { of, proof: proofValue(proof) }
  return value === null ? leaf : { ...leaf, value }
}

const proofValue = ({ other, siblings }: StateProof): CborValue => ({ other, siblings })

/** @throws ChartsealError `ledger/bundle-too-large` for more than a bundle may hold; RangeError for more changes */
export function encodeBundle(bundle: Bundle): Uint8Array {
  const { evidence, rosterProof, roster, prescription, signer, changes, record } = bundle
  if (evidence.length === 0 || evidence.length > maxEvidences)
    throw lightError('ledger/bundle-too-large', { most: maxEvidences, what: 'pieces of evidence' })
  if (changes.length > maxBundleChanges)
    throw new RangeError(`a bundle must have at most ${maxBundleChanges} changes`)
  const fields: [string, CborValue][] = [
    ['v', 2],
    ['evidence', evidence],
    ['rosterProof', proofValue(rosterProof)],
    ['changes', changes],
  ]
  if (roster !== null) fields.push(['roster', roster])
  if (prescription !== null) fields.push(['prescription', leafValue(prescription)])
  if (signer !== null) fields.push(['signer', leafValue(signer)])
  if (record !== null) fields.push(['record', { bytes: record.bytes, path: record.path }])
  const bytes = encodeCbor(Object.fromEntries(fields))
  if (bytes.length > maxBundleBytes)
    throw lightError('ledger/bundle-too-large', { most: maxBundleBytes, what: 'bytes' })
  return bytes
}

/**
 * One meaning has one encoding. Nothing of it is checked yet.
 * @throws ChartsealError `ledger/bundle`, `ledger/bad-state-proof`
 */
export function decodeBundle(bytes: Uint8Array): Bundle {
  const refuse = (reason: string): Error => lightError('ledger/bundle', { reason })
  if (bytes.length > maxBundleBytes) throw refuse(`it has more than ${maxBundleBytes} bytes`)
  const bundle = readStrictly(() => bundleOf(bytes), refuse)
  if (bundle.evidence.length === 0 || bundle.evidence.length > maxEvidences)
    throw refuse(`it must have 1 to ${maxEvidences} pieces of evidence`)
  if (bundle.changes.length > maxBundleChanges) throw refuse(`it has more than ${maxBundleChanges} changes`)
  return bundle
}

function bundleOf(bytes: Uint8Array): Bundle {
  const map = new CborFields(
    decodeCbor(bytes),
    ['v', 'evidence', 'rosterProof', 'changes'],
    ['roster', 'prescription', 'signer', 'record'],
  )
  map.count('v', 2, 2)
  return {
    evidence: map.bytesList('evidence'),
    rosterProof: readStateProof(map.map('rosterProof', stateProofFields)),
    roster: map.has('roster') ? map.bytes('roster') : null,
    prescription: readLeaf(map, 'prescription'),
    signer: readLeaf(map, 'signer'),
    changes: map.bytesList('changes'),
    record: map.has('record') ? recordOf(map.map('record', ['bytes', 'path'])) : null,
  }
}

function readLeaf(map: CborFields, name: string): BundleLeaf | null {
  if (!map.has(name)) return null
  const leaf = map.map(name, ['of', 'proof'], ['value'])
  return {
    of: leaf.bytes('of', 32),
    value: leaf.has('value') ? leaf.bytes('value') : null,
    proof: readStateProof(leaf.map('proof', stateProofFields)),
  }
}

const recordOf = (map: CborFields): BundleRecord => ({
  bytes: map.bytes('bytes'),
  path: map.byteStrings('path', maxRecordSteps, 33),
})
