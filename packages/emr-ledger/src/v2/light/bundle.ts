/** What a node sends to somebody who has no chain: docs/spec/ledger-v2.md, "Proof bundle". */
import { CborFields } from '@chartseal/core/cbor'
import { type CborValue, decodeCbor, encodeCbor } from '@chartseal/core/encoding'
import { maxRecordSteps } from '../block.js'
import { lightError } from '../errors-light.js'
import { readStrictly } from '../fields.js'
import { decodeHeader, type ReadHeader } from '../header.js'
import { readStateProof, type StateProof, stateProofFields } from '../tree-proof.js'

/** With the largest roster, its evidence and some claims. */
export const maxBundleBytes: number = 2 ** 20
/** Steps of one bundle: changes of the roster since the anchor, and the head. */
const maxSteps = 64
/** The newest changes of a prescription; older ones are left out. */
export const maxBundleChanges = 32

/** A final block. All but the last are there because they changed the roster. */
export interface BundleStep {
  readonly header: ReadHeader
  /** What makes it final, as its seal rule says. */
  readonly evidence: Uint8Array
  /** The roster after it, proven by its state root. */
  readonly rosterProof: StateProof
  /** CBOR of that roster; `null`: the one that the client has. */
  readonly roster: Uint8Array | null
}

/** A leaf of the state of the last step, or that there is none (`null`). */
export interface BundleLeaf {
  /** Of a prescription its txid, of a signer the kid; 32 bytes. */
  readonly of: Uint8Array
  readonly value: Uint8Array | null
  readonly proof: StateProof
}

/** A record, and that it stands in the block of a step. */
export interface BundleRecord {
  /** From 0. */
  readonly step: number
  readonly bytes: Uint8Array
  /** Its neighbours on the way to the records root, as `recordProof` gives them. */
  readonly path: readonly Uint8Array[]
}

export interface Bundle {
  /** From old to new, at least one. */
  readonly steps: readonly BundleStep[]
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

/** @throws RangeError for more than a bundle may hold */
export function encodeBundle({ steps, prescription, signer, changes, record }: Bundle): Uint8Array {
  if (steps.length === 0 || steps.length > maxSteps) throw new RangeError(`a bundle must have 1 to ${maxSteps} steps`)
  if (changes.length > maxBundleChanges)
    throw new RangeError(`a bundle must have at most ${maxBundleChanges} changes`)
  const fields: [string, CborValue][] = [
    ['v', 2],
    ['steps', steps.map(stepValue)],
    ['changes', changes],
  ]
  if (prescription !== null) fields.push(['prescription', leafValue(prescription)])
  if (signer !== null) fields.push(['signer', leafValue(signer)])
  if (record !== null) {
    const { step, bytes, path } = record
    fields.push(['record', { step, bytes, path }])
  }
  const bundle = encodeCbor(Object.fromEntries(fields))
  if (bundle.length > maxBundleBytes) throw new RangeError(`a bundle must have at most ${maxBundleBytes} bytes`)
  return bundle
}

function stepValue({ header, evidence, rosterProof, roster }: BundleStep): CborValue {
  const step = { header: header.bytes, evidence, rosterProof: proofValue(rosterProof) }
  return roster === null ? step : { ...step, roster }
}

/**
 * One meaning has one encoding. Nothing of it is checked yet.
 * @throws ChartsealError `ledger/bundle`, `ledger/bad-header`, `ledger/bad-state-proof`
 */
export function decodeBundle(bytes: Uint8Array): Bundle {
  const refuse = (reason: string): Error => lightError('ledger/bundle', { reason })
  if (bytes.length > maxBundleBytes) throw refuse(`it has more than ${maxBundleBytes} bytes`)
  const bundle = readStrictly(() => bundleOf(bytes), refuse)
  if (bundle.steps.length === 0 || bundle.steps.length > maxSteps) throw refuse(`it must have 1 to ${maxSteps} steps`)
  if (bundle.changes.length > maxBundleChanges) throw refuse(`it has more than ${maxBundleChanges} changes`)
  return bundle
}

function bundleOf(bytes: Uint8Array): Bundle {
  const map = new CborFields(
    decodeCbor(bytes),
    ['v', 'steps', 'changes'],
    ['prescription', 'signer', 'record'],
  )
  map.count('v', 2, 2)
  return {
    steps: map.maps('steps', ['header', 'evidence', 'rosterProof'], ['roster']).map(stepOf),
    prescription: readLeaf(map, 'prescription'),
    signer: readLeaf(map, 'signer'),
    changes: map.bytesList('changes'),
    record: map.has('record') ? recordOf(map) : null,
  }
}

function stepOf(step: CborFields): BundleStep {
  return {
    header: decodeHeader(step.bytes('header')),
    evidence: step.bytes('evidence'),
    rosterProof: readStateProof(step.map('rosterProof', stateProofFields)),
    roster: step.has('roster') ? step.bytes('roster') : null,
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

function recordOf(map: CborFields): BundleRecord {
  const record = map.map('record', ['step', 'bytes', 'path'])
  return {
    step: record.count('step', maxSteps - 1),
    bytes: record.bytes('bytes'),
    path: record.byteStrings('path', maxRecordSteps, 33),
  }
}
