import { equal } from '@chartseal/core/bytes'
import { defaultEngine, type Engine } from '@chartseal/core/engine'
import type { SecretBytes } from '@chartseal/core/keys'
import { inclusionProof, leafHash, treeRoot } from '@chartseal/core/merkle'
import type { Clock, Random } from '@chartseal/core/ports'
import { systemClock, systemRandom } from '@chartseal/core/system'
import { splitZero } from './body.js'
import { setOf } from './combine-shares.js'
import { isWellFormed, type LeafParts, leafData, leafPartsOf, type Position } from './commitment.js'
import { checkDrill, type Drill, type DrillAnswer, provenBy } from './drill.js'
import { shamirError } from './errors.js'
import { openGroup, pointsOf, selectShares } from './select-shares.js'
import {
  requireShape,
  type ShareEnvelope,
  type ShareSet,
  saltBytes,
  secretOf,
  setIdBytes,
} from './share-set.js'
import { requireLabel } from './split-secret.js'
import { verifyShare } from './verify.js'

/** What the dealer sends to one custodian in confidence: with the old share it gives the new one. */
export interface ZeroShare {
  readonly old: ShareSet
  /** 16 bytes. */
  readonly newSetId: Uint8Array
  readonly x: number
  /** As long as the share it is added to. Secret. */
  readonly z: SecretBytes
}

/** What a custodian keeps until the new set is published. As secret as a share. */
export interface PendingShare extends Position {
  readonly label: string
}

/** The new set as the dealer publishes it. */
export interface RefreshedSet extends ShareSet {
  readonly oldRoot: Uint8Array
  /** The hashes of the new leaves in the order of x. */
  readonly leaves: readonly Uint8Array[]
}

export interface RefreshOptions {
  readonly clock?: Clock
  readonly random?: Random
  readonly engine?: Engine
}

/**
 * Dealer, step 1: a sharing of zero for each custodian of the set; `sizeBytes` is the length of a share's y. Whoever
 * deals is trusted: shares of anything but zero would destroy the secret, which the rehearsal notices.
 * @throws ChartsealError `shamir/bad-threshold`, `shamir/bad-size`
 */
export function startRefresh(
  old: ShareSet,
  sizeBytes: number,
  { random = systemRandom, engine = defaultEngine() }: RefreshOptions = {},
): readonly ZeroShare[] {
  const { threshold, numShares } = old
  const newSetId = random.bytes(setIdBytes)
  const shares = splitZero(sizeBytes, { threshold, numShares, random, engine })
  return shares.map(({ x, y }) => ({
    old: setOf(old),
    newSetId: Uint8Array.from(newSetId),
    x,
    z: secretOf(y),
  }))
}

/**
 * Custodian, step 2: the new share, which is kept beside the old one, and the public leaf that goes to the dealer.
 * @throws ChartsealError `shamir/damaged-share`, `shamir/wrong-refresh`
 */
export function joinRefresh(
  share: ShareEnvelope,
  zero: ZeroShare,
  { random = systemRandom, engine = defaultEngine() }: RefreshOptions = {},
): { readonly pending: PendingShare; readonly reply: LeafParts } {
  verifyShare(share, { engine })
  const { newSetId, x } = zero
  const z = zero.z.reveal()
  if (!isSameSet(share, zero.old) || x !== share.x) throw wrong(share.x, 'it is for another share')
  if (z.length !== share.y.reveal().length) throw wrong(x, 'it has another length')
  if (newSetId.length !== setIdBytes || equal(newSetId, share.setId)) throw wrong(x, 'the set id is not new')
  const { threshold, numShares, label } = share
  const y = secretOf(share.y.reveal().map((byte, i) => byte ^ (z[i] ?? 0)))
  const salt = secretOf(random.bytes(saltBytes))
  const pending = { setId: Uint8Array.from(newSetId), threshold, numShares, x, y, salt, label }
  return { pending, reply: leafPartsOf(pending, engine) }
}

/** What the dealer keeps after dealing, and all that publishing needs. Public. */
export interface RefreshDeal {
  readonly old: ShareSet
  readonly newSetId: Uint8Array
  /** The length of a share's y. */
  readonly sizeBytes: number
}

/** @throws RangeError without zero-shares */
export function dealOf([first]: readonly ZeroShare[]): RefreshDeal {
  if (first === undefined) throw new RangeError('zeros must hold at least one zero-share')
  return { old: first.old, newSetId: first.newSetId, sizeBytes: first.z.reveal().length }
}

/**
 * Dealer, step 3: the new set, once every custodian replied. It takes the public half of the deal, see {@link dealOf}.
 * @throws ChartsealError `shamir/wrong-refresh`, `shamir/refresh-incomplete`
 */
export function publishRefresh(
  deal: RefreshDeal,
  replies: readonly LeafParts[],
  { engine = defaultEngine() }: RefreshOptions = {},
): RefreshedSet {
  const { threshold, numShares, root } = deal.old
  const indexes = Array.from({ length: numShares }, (_, i) => i + 1)
  const missing = indexes.filter(x => !replies.some(reply => reply.x === x))
  if (missing.length > 0) throw shamirError('shamir/refresh-incomplete', { missing, rehearsed: false })
  const leaves = indexes.map(x => leafHash(leafData(theReply(deal, x, replies)), engine))
  const newRoot = treeRoot(leaves, engine)
  return { setId: deal.newSetId, threshold, numShares, root: newRoot, oldRoot: root, leaves }
}

function theReply(deal: RefreshDeal, x: number, replies: readonly LeafParts[]): LeafParts {
  const [reply, ...more] = replies.filter(other => other.x === x)
  if (reply === undefined || more.length > 0) throw wrong(x, 'there are several replies')
  const { old, newSetId, sizeBytes } = deal
  const fits =
    isWellFormed(reply) &&
    equal(reply.setId, newSetId) &&
    [reply.threshold, reply.numShares, reply.sizeBytes].join() ===
      [old.threshold, old.numShares, sizeBytes].join()
  if (!fits) throw wrong(x, 'the reply is of another refresh')
  return reply
}

/**
 * Custodian, step 4: the new envelope. The old one is kept until `requireRefreshed` agrees.
 * @throws ChartsealError `shamir/wrong-refresh` when the published set does not hold this custodian's leaf
 */
export function finishRefresh(
  pending: PendingShare,
  published: RefreshedSet,
  { clock = systemClock, engine = defaultEngine() }: RefreshOptions = {},
): ShareEnvelope {
  const { x, label } = pending
  requireLabel(label)
  const { leaves, root } = published
  if (leaves.length !== pending.numShares) throw wrong(x, 'the set has another number of shares')
  const path = inclusionProof(leaves, x - 1, engine)
  const share = { ...pending, root: Uint8Array.from(root), path, createdMs: clock.nowMs() }
  requireShape(share)
  try {
    verifyShare(share, { engine })
  } catch {
    throw wrong(x, 'its leaf is not in the published set')
  }
  return share
}

/** A recovery that was tried and whose secret was wiped. */
export interface Rehearsal {
  readonly root: Uint8Array
  /** The indexes of the shares that took part. */
  readonly used: readonly number[]
  /** The indexes of all shares that are known to fit: those that took part, and those with a proof in a drill. */
  readonly proven: readonly number[]
}

export interface RehearsalOptions extends RefreshOptions {
  /** The answers to a drill; their proofs are checked against what the shares here say the others are. */
  readonly drill?: Drill
}

/**
 * Tries the recovery with shares of this set. Only shares that take part, or that answered the drill with a proof, are
 * known to fit.
 * @throws ChartsealError `shamir/bad-drill`, `shamir/false-drill`, and as `combineShares` does
 */
export function rehearse(
  shares: readonly ShareEnvelope[],
  root: Uint8Array,
  { engine = defaultEngine(), drill }: RehearsalOptions = {},
): Rehearsal {
  const { group } = selectShares(shares, root, engine)
  openGroup(group, engine).fill(0)
  const used = group.map(({ x }) => x)
  if (drill === undefined) return { root: Uint8Array.from(root), used, proven: used }
  for (const answer of drill.answers) checkDrill(answer, drill.challenge, root, { engine })
  const answered = provenBy(pointsOf(group), group[0].threshold, drill, engine)
  return { root: Uint8Array.from(root), used, proven: [...new Set([...used, ...answered])] }
}

/**
 * Returns when the old shares may be destroyed: every custodian answered a drill with the new share, a recovery
 * succeeded, and each share took part in it or was proven to fit those that did.
 * @throws ChartsealError `shamir/bad-drill`, `shamir/refresh-incomplete`
 */
export function requireRefreshed(
  published: RefreshedSet,
  challenge: Uint8Array,
  answers: readonly DrillAnswer[],
  rehearsal: Rehearsal | null,
): void {
  for (const answer of answers) checkDrill(answer, challenge, published.root)
  const rehearsed = rehearsal !== null && equal(rehearsal.root, published.root)
  const isConfirmed = (x: number): boolean =>
    answers.some(answer => answer.x === x) && (!rehearsed || rehearsal.proven.includes(x))
  const missing = published.leaves.map((_, i) => i + 1).filter(x => !isConfirmed(x))
  if (missing.length > 0 || !rehearsed) throw shamirError('shamir/refresh-incomplete', { missing, rehearsed })
}

function isSameSet(a: ShareSet, b: ShareSet): boolean {
  const numbers = a.threshold === b.threshold && a.numShares === b.numShares
  return numbers && equal(a.setId, b.setId) && equal(a.root, b.root)
}

const wrong = (index: number, reason: string): Error => shamirError('shamir/wrong-refresh', { index, reason })
