import { concat, equal } from '@chartseal/core/bytes'
import { sign, signatureBytes, verify } from '@chartseal/core/ed25519'
import { encodeUtf8 } from '@chartseal/core/encoding'
import { defaultEngine, type Engine } from '@chartseal/core/engine'
import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { drillKeyOf, type LeafParts, leafPartsOf } from './commitment.js'
import { shamirError } from './errors.js'
import { type Share, writeValueAt } from './polynomial.js'
import type { ShareEnvelope } from './share-set.js'
import { isInSet, verifyShare } from './verify.js'

const labels = { withoutProof: encodeUtf8('chartseal/drill/v2'), withProof: encodeUtf8('chartseal/drill/v3') }
const proofLabel = encodeUtf8('chartseal/drill-proof/v3')
const minChallengeBytes = 16
const maxChallengeBytes = 64

/** A custodian's answer. Public: it does not help to recover the secret. */
export interface DrillAnswer extends LeafParts {
  readonly path: readonly Uint8Array[]
  /** Ed25519, 64 bytes. */
  readonly signature: Uint8Array
  /** 32 bytes that only the whole y gives, which a rehearsal checks; `null` in answers of version 2. */
  readonly proof: Uint8Array | null
}

/** The answers to one challenge. */
export interface Drill {
  readonly challenge: Uint8Array
  readonly answers: readonly DrillAnswer[]
}

export interface DrillOptions {
  readonly engine?: Engine
}

/**
 * Answers a challenge with a share, and reveals nothing of the share. A fresh challenge of 16 to 64 random bytes keeps
 * an old answer from being shown again.
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
  const proof = proofOf({ x: share.x, y: share.y.reveal() }, share.setId, challenge)
  return signedAnswer(share, challenge, proof, engine)
}

/** The answer with this proof, or that of version 2 without one. */
export function signedAnswer(
  share: ShareEnvelope,
  challenge: Uint8Array,
  proof: Uint8Array | null,
  engine: Engine,
): DrillAnswer {
  using key = drillKeyOf(share)
  const signature = sign(key, signedBytes(share, challenge, proof))
  return { ...leafPartsOf(share, engine), path: share.path, signature, proof }
}

/**
 * Checks an answer against the root of the set, known from the split or a log: whoever answered has the drill key of
 * this share, which is made of all of it. Whether they still have the share itself shows in a rehearsal, which checks
 * the proof.
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
  const { x, drillKey, path, signature, proof } = answer
  const sound =
    isInSet(answer, path, root, engine) &&
    signature.length === signatureBytes &&
    (proof === null || proof.length === proofBytes) &&
    verify(drillKey, signedBytes(answer, challenge, proof), signature)
  if (!sound) throw shamirError('shamir/bad-drill', { index: x })
}

/**
 * The indexes of the answers that were given with the share itself: what these shares say the other shares are must
 * give their proofs. An answer without a proof counts for nothing.
 * @throws ChartsealError `shamir/false-drill` for answers whose proof is of another share
 */
export function provenBy(
  points: readonly Share[],
  threshold: number,
  { challenge, answers }: Drill,
  engine: Engine,
): readonly number[] {
  const withProof = answers.filter(({ proof }) => proof !== null)
  const used = points.slice(0, threshold)
  const indexes = withProof.filter(answer => !isProven(answer, used, challenge, engine)).map(({ x }) => x)
  if (indexes.length > 0) throw shamirError('shamir/false-drill', { indexes })
  return withProof.map(({ x }) => x)
}

function isProven(
  { setId, x, proof }: DrillAnswer,
  used: readonly Share[],
  challenge: Uint8Array,
  engine: Engine,
): boolean {
  const y = new Uint8Array(used[0]?.y.length ?? 0)
  const own = used.find(share => share.x === x)
  if (own === undefined) writeValueAt(x, used, y, engine)
  const expected = proofOf(own ?? { x, y }, setId, challenge)
  y.fill(0)
  return proof !== null && equal(proof, expected)
}

const proofBytes = 32

/** y comes last, behind the fresh challenge: nothing shorter than y can be kept in its place. */
function proofOf({ x, y }: Share, setId: Uint8Array, challenge: Uint8Array): Uint8Array {
  const head = concat(proofLabel, setId, Uint8Array.of(x, challenge.length))
  return hmac.create(sha256, challenge).update(head).update(y).digest()
}

function signedBytes(
  { setId, x }: { readonly setId: Uint8Array; readonly x: number },
  challenge: Uint8Array,
  proof: Uint8Array | null,
): Uint8Array {
  const index = Uint8Array.of(x)
  return proof === null
    ? concat(labels.withoutProof, setId, index, challenge)
    : concat(labels.withProof, setId, index, challenge, proof)
}

function requireChallenge({ length }: Uint8Array): void {
  if (length < minChallengeBytes || length > maxChallengeBytes)
    throw new RangeError(`challenge must have ${minChallengeBytes} to ${maxChallengeBytes} bytes`)
}
