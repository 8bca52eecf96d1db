import { concat } from '@chartseal/core/bytes'
import { sign, signatureBytes, verify } from '@chartseal/core/ed25519'
import { encodeUtf8 } from '@chartseal/core/encoding'
import { defaultEngine, type Engine } from '@chartseal/core/engine'
import { drillKeyOf, type LeafParts, leafPartsOf } from './commitment.js'
import { shareError } from './share-errors.js'
import type { ShareEnvelope } from './share-set.js'
import { isInSet, verifyShare } from './verify.js'

const label = encodeUtf8('chartseal/drill/v2')
const minChallengeBytes = 16
const maxChallengeBytes = 64

/** A custodian's answer. Public: nothing of it helps to recover the secret. */
export interface DrillAnswer extends LeafParts {
  readonly path: readonly Uint8Array[]
  /** Ed25519, 64 bytes. */
  readonly signature: Uint8Array
}

export interface DrillOptions {
  readonly engine?: Engine
}

/**
 * Proves that the share is still there and whole, and gives nothing of it away. A fresh challenge of 16 to 64 random
 * bytes keeps an old answer from being shown again.
 * @throws ChartsealError `shamir/damaged-share`
 * @throws RangeError for a challenge of another length
 */
export function answerDrill(
  share: ShareEnvelope,
  challenge: Uint8Array,
  { engine = defaultEngine() }: DrillOptions = {},
): DrillAnswer {
  requireChallenge(challenge)
  verifyShare(share, { engine })
  using key = drillKeyOf(share)
  const signature = sign(key, signedBytes(share.setId, share.x, challenge))
  return { ...leafPartsOf(share, engine), path: share.path, signature }
}

/**
 * Checks an answer against the root of the set, known from the split or a log.
 * @throws ChartsealError `shamir/bad-drill`
 * @throws RangeError for a challenge of another length
 */
export function checkDrill(
  answer: DrillAnswer,
  challenge: Uint8Array,
  root: Uint8Array,
  { engine = defaultEngine() }: DrillOptions = {},
): void {
  requireChallenge(challenge)
  const { setId, x, drillKey, path, signature } = answer
  const proven =
    isInSet(answer, path, root, engine) &&
    signature.length === signatureBytes &&
    verify(drillKey, signedBytes(setId, x, challenge), signature)
  if (!proven) throw shareError('shamir/bad-drill', { index: x })
}

function signedBytes(setId: Uint8Array, x: number, challenge: Uint8Array): Uint8Array {
  return concat(label, setId, Uint8Array.of(x), challenge)
}

function requireChallenge({ length }: Uint8Array): void {
  if (length < minChallengeBytes || length > maxChallengeBytes)
    throw new RangeError(`a challenge has ${minChallengeBytes} to ${maxChallengeBytes} bytes`)
}
