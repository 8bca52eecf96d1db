import { equal } from '@chartseal/core/bytes'
import { defaultEngine, type Engine } from '@chartseal/core/engine'
import { leafHash, verifyInclusion } from '@chartseal/core/merkle'
import { isWellFormed, type LeafParts, leafData, leafPartsOf } from './commitment.js'
import { shamirError } from './errors.js'
import { requireShape, type ShareEnvelope } from './share-set.js'

export interface VerifyOptions {
  /** The root of the set, known from elsewhere: a sheet of the kit, an audit log. */
  readonly root?: Uint8Array
  readonly engine?: Engine
}

/**
 * Checks a share against damage, and with `root` that it belongs to that set. `createdMs` and `label` are not
 * covered.
 * @throws ChartsealError `shamir/damaged-share`, `shamir/unknown-root`, and for impossible fields as `parseShare` does
 */
export function verifyShare(share: ShareEnvelope, options: VerifyOptions = {}): void {
  const { root, engine = defaultEngine() } = options
  requireShape(share)
  if (!isSound(share, engine)) throw shamirError('shamir/damaged-share', { index: share.x })
  if (root !== undefined && !equal(root, share.root))
    throw shamirError('shamir/unknown-root', { index: share.x })
}

/** Whether value, commitment, path and root fit each other. */
export function isSound(share: ShareEnvelope, engine: Engine): boolean {
  return isInSet(leafPartsOf(share, engine), share.path, share.root, engine)
}

/** Whether the path leads from this leaf to the root. */
export function isInSet(
  parts: LeafParts,
  proof: readonly Uint8Array[],
  root: Uint8Array,
  engine: Engine,
): boolean {
  if (!isWellFormed(parts)) return false
  const leaf = leafHash(leafData(parts), engine)
  return verifyInclusion({ leaf, index: parts.x - 1, size: parts.numShares, proof, root }, engine)
}
