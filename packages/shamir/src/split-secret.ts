import { encodeUtf8 } from '@chartseal/core/encoding'
import { defaultEngine, type Engine } from '@chartseal/core/engine'
import { inclusionProof, leafHash, treeRoot } from '@chartseal/core/merkle'
import type { Clock, Random } from '@chartseal/core/ports'
import { systemClock, systemRandom } from '@chartseal/core/system'
import { splitBody } from './body.js'
import { leafData, leafPartsOf } from './commitment.js'
import { maxLabelBytes, type ShareEnvelope, saltBytes, setIdBytes } from './share-set.js'

export interface SplitSecretOptions {
  /** How many shares recover the secret: at least 2. */
  readonly threshold: number
  /** How many shares are made: `threshold` to 255. */
  readonly numShares: number
  /** Shown to custodians, not secret; at most 64 bytes of UTF-8. */
  readonly label?: string
  readonly clock?: Clock
  readonly random?: Random
  readonly engine?: Engine
}

/**
 * Splits a secret of 1 byte to 64 MiB into envelopes, of which any `threshold` recover it and each can be checked
 * by its custodian. The caller wipes the secret and the shares. Format: docs/spec/shares-v2.md.
 * @throws ChartsealError `shamir/bad-threshold`, `shamir/bad-size`
 * @throws RangeError for a label that is too long
 */
export function splitSecret(secret: Uint8Array, options: SplitSecretOptions): readonly ShareEnvelope[] {
  const { threshold, numShares, label = '', clock = systemClock } = options
  const { random = systemRandom, engine = defaultEngine() } = options
  requireLabel(label)
  const shares = splitBody(secret, { threshold, numShares, random, engine })
  const setId = random.bytes(setIdBytes)
  const positions = shares.map(({ x, y }) => ({
    ...{ setId: Uint8Array.from(setId), threshold, numShares, x, y },
    salt: random.bytes(saltBytes),
  }))
  const leaves = positions.map(one => leafHash(leafData(leafPartsOf(one, engine)), engine))
  const createdMs = clock.nowMs()
  const root = treeRoot(leaves, engine)
  return positions.map((one, index) => ({
    ...one,
    root: Uint8Array.from(root),
    path: inclusionProof(leaves, index, engine),
    createdMs,
    label,
  }))
}

/** @throws RangeError */
export function requireLabel(label: string): void {
  if (encodeUtf8(label).length > maxLabelBytes)
    throw new RangeError(`a label has at most ${maxLabelBytes} bytes`)
}
