import { equal } from '@chartseal/core/bytes'
import { encodeHex } from '@chartseal/core/encoding'
import type { Engine } from '@chartseal/core/engine'
import { combineBody } from './body.js'
import { shamirError } from './errors.js'
import type { Share } from './polynomial.js'
import { requireShape, type ShareEnvelope } from './share-set.js'
import { isSound } from './verify.js'

/** Sound shares of one set, each index once. */
export type Group = readonly [ShareEnvelope, ...ShareEnvelope[]]

export interface Selection {
  /** Complete. */
  readonly group: Group
  readonly damaged: readonly ShareEnvelope[]
  /** Sound, and of other sets. */
  readonly strangers: readonly ShareEnvelope[]
}

/**
 * The shares to combine. Sound shares of other sets are left out only when a root says which set is meant: without one,
 * whoever hands in a whole set of their own would choose the secret.
 * @throws ChartsealError `shamir/…`; each code says what the shares lack
 */
export function selectShares(
  shares: readonly ShareEnvelope[],
  root: Uint8Array | undefined,
  engine: Engine,
): Selection {
  shares.forEach(requireShape)
  const sound = shares.filter(share => isSound(share, engine))
  const isSoundOne = new Set(sound)
  const damaged = shares.filter(share => !isSoundOne.has(share))
  const groups = groupsOf(sound)
  const meant = groups.filter(([one]) => root === undefined || equal(one.root, root))
  if (meant.length > 1) throw severalSets(meant)
  const [group] = meant
  if (group === undefined || !isComplete(group)) throw incomplete(group ?? null, damaged, groups)
  return { group, damaged, strangers: sound.filter(share => keyOf(share) !== keyOf(group[0])) }
}

/**
 * The secret, which the caller wipes.
 * @throws ChartsealError `shamir/faulty-dealer` when genuine shares are on no polynomial, or hide another digest
 */
export function openGroup(group: Group, engine: Engine): Uint8Array {
  const [{ setId, threshold }] = group
  const secret = combineBody(pointsOf(group), threshold, engine)
  if (secret === null) throw shamirError('shamir/faulty-dealer', { setId: encodeHex(setId) })
  return secret
}

/** @throws ChartsealError `shamir/mixed-lengths` */
export function pointsOf(group: Group): readonly Share[] {
  const points = group.map(({ x, y }) => ({ x, y: y.reveal() }))
  const other = points.find(({ y }) => y.length !== points[0]?.y.length)
  if (other !== undefined) throw shamirError('shamir/mixed-lengths', { index: other.x })
  return points
}

const keyOf = ({ setId, root, threshold, numShares }: ShareEnvelope): string =>
  [encodeHex(setId), encodeHex(root), threshold, numShares].join()

/** Sound shares with one index in one set are one share: the root commits to its value. */
function groupsOf(sound: readonly ShareEnvelope[]): readonly Group[] {
  const groups = new Map<string, Group>()
  for (const share of sound) {
    const key = keyOf(share)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [share])
    else if (group.every(({ x }) => x !== share.x)) groups.set(key, [...group, share])
  }
  return [...groups.values()]
}

const isComplete = (group: Group): boolean => group.length >= group[0].threshold

function severalSets(groups: readonly Group[]): Error {
  const complete = groups.filter(isComplete)
  const setIds = (all: readonly Group[]): readonly string[] => all.map(([one]) => encodeHex(one.setId))
  return complete.length > 1
    ? shamirError('shamir/ambiguous-sets', { setIds: setIds(complete) })
    : shamirError('shamir/mixed-sets', { setIds: setIds(groups) })
}

/** Names the reason that comes first: changed shares, then another set than the one that is known, then too few. */
function incomplete(group: Group | null, damaged: readonly ShareEnvelope[], groups: readonly Group[]): Error {
  const have = group?.length ?? 0
  const need = group?.[0].threshold ?? damaged[0]?.threshold ?? 2
  if (damaged.length > 0)
    return shamirError('shamir/damaged-shares', { indexes: damaged.map(({ x }) => x), have, need })
  const [foreign] = groups
  if (group === null && foreign !== undefined)
    return shamirError('shamir/unknown-root', { index: foreign[0].x })
  return shamirError('shamir/too-few-shares', { have, need })
}
