import { equal } from '../bytes.js'
import { defaultEngine, type Engine } from '../engine.js'
import { consistencyRanges, inclusionRanges, isConsistency, isInclusion } from './proof.js'
import { hashBytes, nodeHash } from './tree.js'

/** A claim: the leaf with this hash is at `index` (from 0) in the tree of `size` leaves with this root. */
export interface Inclusion {
  readonly leaf: Uint8Array
  readonly index: number
  readonly size: number
  readonly proof: readonly Uint8Array[]
  readonly root: Uint8Array
}

/** Whether the claim is proven (RFC 9162 2.1.3.2). Nothing of it needs to be well-formed. */
export function verifyInclusion(claim: Inclusion, engine: Engine = defaultEngine()): boolean {
  const { leaf, index, size, proof, root } = claim
  if (!isInclusion(index, size) || !areHashes([leaf, root, ...proof])) return false
  const ranges = inclusionRanges(index, size)
  if (ranges.length !== proof.length) return false
  const reached = proof.reduce(
    (hash, beside, i) =>
      (ranges[i]?.from ?? 0) > index ? nodeHash(hash, beside, engine) : nodeHash(beside, hash, engine),
    leaf,
  )
  return equal(reached, root)
}

/** A claim: the tree with `newRoot` began with the `older` leaves of that with `oldRoot`. */
export interface Consistency {
  readonly older: number
  readonly newer: number
  readonly oldRoot: Uint8Array
  readonly newRoot: Uint8Array
  readonly proof: readonly Uint8Array[]
}

/** Whether the claim is proven (RFC 9162 2.1.4.2). Nothing of it needs to be well-formed. */
export function verifyConsistency(claim: Consistency, engine: Engine = defaultEngine()): boolean {
  const { older, newer, oldRoot, newRoot, proof } = claim
  if (!isConsistency(older, newer) || !areHashes([oldRoot, newRoot, ...proof])) return false
  const ranges = consistencyRanges(older, newer)
  if (ranges.length !== proof.length) return false
  const startsInProof = ranges[0] !== undefined && ranges[0].to === older
  const start = startsInProof ? (proof[0] ?? oldRoot) : oldRoot
  let [oldHash, newHash] = [start, start]
  for (const [i, beside] of proof.entries()) {
    if (startsInProof && i === 0) continue
    if ((ranges[i]?.from ?? 0) >= older) {
      newHash = nodeHash(newHash, beside, engine)
    } else {
      oldHash = nodeHash(beside, oldHash, engine)
      newHash = nodeHash(beside, newHash, engine)
    }
  }
  return equal(oldHash, oldRoot) && equal(newHash, newRoot)
}

function areHashes(values: readonly Uint8Array[]): boolean {
  return values.every(value => value.length === hashBytes)
}
