import { equal } from '@chartseal/core/bytes'
import { encodeUtf8 } from '@chartseal/core/encoding'
import { defaultEngine, type Engine } from '@chartseal/core/engine'
import { inclusionProof, leafHash, treeRoot } from '@chartseal/core/merkle'
import type { Clock, Random } from '@chartseal/core/ports'
import { systemClock, systemRandom } from '@chartseal/core/system'
import { combineBody, splitBody } from './body.js'
import { type LeafParts, leafData, leafPartsOf, type Position } from './commitment.js'
import { encodeShare, parseShare } from './envelope.js'
import { shamirError } from './errors.js'
import {
  maxLabelBytes,
  type ShareEnvelope,
  saltBytes,
  secretOf,
  setIdBytes,
  wipeShares,
} from './share-set.js'
import { isInSet } from './verify.js'

export interface SplitSecretOptions {
  /** How many shares recover the secret: at least 2. */
  readonly threshold: number
  /** How many shares are made: `threshold` to 255. */
  readonly numShares: number
  /** 16 bytes, for a set whose name says what it is for; random unless given. Another secret needs another one. */
  readonly setId?: Uint8Array
  /** Shown to custodians, not secret; at most 64 bytes of UTF-8. */
  readonly label?: string
  readonly clock?: Clock
  readonly random?: Random
  readonly engine?: Engine
}

/**
 * Splits a secret of 1 byte to 64 MiB into envelopes, of which any `threshold` recover it and each can be checked
 * by its custodian. All of them are read back and combined before any is given out. The caller wipes the secret and
 * the shares. Format: docs/spec/shares-v2.md.
 * @throws ChartsealError `shamir/bad-threshold`, `shamir/bad-size`, `shamir/split-failed`
 * @throws RangeError for a label that is too long, or a set id of another length
 */
export function splitSecret(secret: Uint8Array, options: SplitSecretOptions): readonly ShareEnvelope[] {
  const { threshold, numShares, label = '', clock = systemClock } = options
  const { random = systemRandom, engine = defaultEngine() } = options
  requireLabel(label)
  const setId = options.setId ?? random.bytes(setIdBytes)
  if (setId.length !== setIdBytes) throw new RangeError(`a set id must have ${setIdBytes} bytes`)
  const positions = splitBody(secret, { threshold, numShares, random, engine }).map(({ x, y }) => ({
    setId: Uint8Array.from(setId),
    threshold,
    numShares,
    x,
    y: secretOf(y),
    salt: secretOf(random.bytes(saltBytes)),
  }))
  const parts = positions.map(one => leafPartsOf(one, engine))
  const shares = enveloped(positions, parts, { createdMs: clock.nowMs(), label }, engine)
  if (isReadable(shares, parts, engine) && givesBack(shares, secret, engine)) return shares
  wipeShares(shares)
  throw shamirError('shamir/split-failed', {})
}

function enveloped(
  positions: readonly Position[],
  parts: readonly LeafParts[],
  about: { readonly createdMs: number; readonly label: string },
  engine: Engine,
): readonly ShareEnvelope[] {
  const leaves = parts.map(one => leafHash(leafData(one), engine))
  const root = treeRoot(leaves, engine)
  return positions.map((one, index) => ({
    ...one,
    root: Uint8Array.from(root),
    path: inclusionProof(leaves, index, engine),
    ...about,
  }))
}

/** Whether each share is read as it was made, and its path leads to the root. */
function isReadable(shares: readonly ShareEnvelope[], parts: readonly LeafParts[], engine: Engine): boolean {
  return shares.every((share, i) => {
    const leaf = parts[i]
    return leaf !== undefined && isInSet(leaf, share.path, share.root, engine) && isReadBack(share)
  })
}

function isReadBack(share: ShareEnvelope): boolean {
  const bytes = encodeShare(share)
  try {
    const again = parseShare(bytes)
    const same = again.label === share.label && equal(again.y.reveal(), share.y.reveal())
    wipeShares([again])
    return same
  } catch {
    return false
  } finally {
    bytes.fill(0)
  }
}

/** Whether all shares are on one polynomial and give this secret. */
function givesBack(shares: readonly ShareEnvelope[], secret: Uint8Array, engine: Engine): boolean {
  const points = shares.map(({ x, y }) => ({ x, y: y.reveal() }))
  const again = combineBody(points, shares[0]?.threshold ?? 2, engine)
  if (again === null) return false
  const same = equal(again, secret)
  again.fill(0)
  return same
}

/** @throws RangeError */
export function requireLabel(label: string): void {
  if (encodeUtf8(label).length > maxLabelBytes)
    throw new RangeError(`label must have at most ${maxLabelBytes} bytes of UTF-8`)
}
