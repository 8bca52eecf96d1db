/** What the state tree says about one key, provable by its root: docs/spec/ledger-v2.md, "State proof". */
import { equal } from '@chartseal/core/bytes'
import { CborFields } from '@chartseal/core/cbor'
import { encodeCbor } from '@chartseal/core/encoding'
import { defaultEngine, type Engine } from '@chartseal/core/engine'
import { ChartsealError } from '@chartseal/core/errors'
import { fromBinary } from './binary.js'
import { treeError } from './errors-state.js'
import type { StateTree } from './state-tree.js'
import {
  bitOf,
  emptyHash,
  hashBytes,
  hasKey,
  innerHashOf,
  keyBits,
  keyBytes,
  leafHashOf,
  leafKey,
  leafValue,
  type Node,
} from './tree-node.js'

/** The way from the root to where the leaf of a key stands or would stand. */
export interface StateProof {
  /** The other leaf that stands there, its key and SHA-256 of its value, 64 bytes; empty where there is none. */
  readonly other: Uint8Array
  /** Hashes beside the way, the highest first, 32 bytes each; empty bytes stand for an empty subtree. */
  readonly siblings: readonly Uint8Array[]
}

const nothing = new Uint8Array(0)
const otherBytes = keyBytes + hashBytes

/**
 * The proof of what `get` says about this key.
 * @throws RangeError for a key that was not loaded
 */
export function proveState(tree: StateTree, key: Uint8Array): StateProof {
  const siblings: Uint8Array[] = []
  let node: Node = tree.top
  for (let depth = 0; node.kind === 'inner'; depth++) {
    const isLeft: boolean = bitOf(key, depth) === 0
    const beside: Node = isLeft ? node.right : node.left
    siblings.push(beside.kind === 'empty' ? nothing : fromBinary(beside.hash))
    node = isLeft ? node.left : node.right
  }
  if (node.kind === 'stub') throw new RangeError('key must be loaded first')
  if (node.kind === 'empty' || hasKey(node, key)) return { other: nothing, siblings }
  return { other: otherOf(leafKey(node), tree.engine.sha256(leafValue(node))), siblings }
}

function otherOf(key: Uint8Array, valueHash: Uint8Array): Uint8Array {
  const other = new Uint8Array(otherBytes)
  other.set(key)
  other.set(valueHash, keyBytes)
  return other
}

/**
 * Whether the tree of this root has this value under this key, or nothing where it is `null`. Nothing of the proof
 * needs to be well-formed.
 */
export function verifyStateProof(
  root: Uint8Array,
  key: Uint8Array,
  value: Uint8Array | null,
  proof: StateProof,
  engine: Engine = defaultEngine(),
): boolean {
  if (key.length !== keyBytes || !isProof(proof)) return false
  const end = endOf(key, value, proof, engine)
  if (end === null) return false
  const reached = proof.siblings.reduceRight((hash, beside, depth) => {
    const sibling = beside.length === 0 ? emptyHash : beside
    return bitOf(key, depth) === 0 ? innerHashOf(hash, sibling, engine) : innerHashOf(sibling, hash, engine)
  }, end)
  return equal(reached, root)
}

/** The hash at the end of the way; `null` where the proof is none of this. */
function endOf(
  key: Uint8Array,
  value: Uint8Array | null,
  { other, siblings }: StateProof,
  engine: Engine,
): Uint8Array | null {
  if (value !== null) return other.length === 0 ? leafHashOf(key, engine.sha256(value), engine) : null
  if (other.length === 0) return emptyHash
  const otherKey = other.subarray(0, keyBytes)
  const isBeside = !equal(otherKey, key) && siblings.every((_, i) => bitOf(otherKey, i) === bitOf(key, i))
  return isBeside ? leafHashOf(otherKey, other.subarray(keyBytes), engine) : null
}

function isProof({ other, siblings }: StateProof): boolean {
  return (
    (other.length === 0 || other.length === otherBytes) &&
    siblings.length <= keyBits &&
    siblings.every(hash => hash.length === 0 || (hash.length === hashBytes && !equal(hash, emptyHash)))
  )
}

const fields = ['other', 'siblings']

/** Deterministic CBOR of the two fields; inside other CBOR a proof stands as it is. */
export function encodeStateProof({ other, siblings }: StateProof): Uint8Array {
  return encodeCbor({ other, siblings })
}

/** @throws ChartsealError `ledger/bad-state-proof` */
export function decodeStateProof(bytes: Uint8Array): StateProof {
  try {
    return readStateProof(CborFields.decode(bytes, fields))
  } catch (error) {
    if (!(error instanceof ChartsealError)) throw error
    throw treeError('ledger/bad-state-proof', {})
  }
}

/**
 * A proof inside other CBOR: `map.map(name, stateProofFields)`.
 * @throws ChartsealError `cbor/invalid`, `ledger/bad-state-proof`
 */
export function readStateProof(map: CborFields): StateProof {
  const proof = { other: map.bytes('other'), siblings: map.bytesList('siblings') }
  if (!isProof(proof)) throw treeError('ledger/bad-state-proof', {})
  return proof
}

export const stateProofFields: readonly string[] = fields
