import { equal } from '@chartseal/core/bytes'
import { encodeHex } from '@chartseal/core/encoding'
import { defaultEngine, type Engine } from '@chartseal/core/engine'
import { ChartsealError } from '@chartseal/core/errors'
import { combineBody } from './body.js'
import { shamirError } from './errors.js'
import { shareError } from './share-errors.js'
import { requireShape, type ShareEnvelope, type ShareSet } from './share-set.js'
import { isSound, type VerifyOptions } from './verify.js'

/** A share that was not used. */
export interface LeftOut {
  /** Lower-case hexadecimal. */
  readonly setId: string
  readonly index: number
}

export interface Recovery {
  /** The caller wipes it. */
  readonly secret: Uint8Array
  readonly set: ShareSet
  /** The indexes of the shares that agree with each other, all of them checked. */
  readonly used: readonly number[]
  /** Changed since they were dealt. */
  readonly damaged: readonly LeftOut[]
  /** Sound, and of other sets. */
  readonly strangers: readonly LeftOut[]
}

/**
 * Recovers the secret of the one set that is complete. Damaged shares are named and left out while enough remain,
 * and more shares than needed are checked against each other. With `root`, only that set counts.
 * @throws ChartsealError `shamir/…`; each code says what the shares lack
 */
export function combineShares(shares: readonly ShareEnvelope[], options: VerifyOptions = {}): Recovery {
  const { root, engine = defaultEngine() } = options
  shares.forEach(requireShape)
  const sound = shares.filter(share => isSound(share, engine))
  const damaged = shares.filter(share => !sound.includes(share))
  const known = sound.filter(share => root === undefined || equal(share.root, root))
  const groups = groupsOf(known)
  groups.forEach(refuseDuplicates)
  const group = theComplete(groups, damaged)
  return {
    secret: open(group, engine),
    set: setOf(group[0]),
    used: group.map(({ x }) => x),
    damaged: damaged.map(named),
    strangers: sound.filter(share => !group.includes(share)).map(named),
  }
}

type Group = readonly [ShareEnvelope, ...ShareEnvelope[]]

function groupsOf(shares: readonly ShareEnvelope[]): readonly Group[] {
  const groups = new Map<string, Group>()
  for (const share of shares) {
    const { setId, root, threshold, numShares } = share
    const key = [encodeHex(setId), encodeHex(root), threshold, numShares].join()
    const group = groups.get(key)
    groups.set(key, group === undefined ? [share] : [...group, share])
  }
  return [...groups.values()]
}

function refuseDuplicates(group: Group): void {
  const twice = group.find(({ x }, i) => group.findIndex(other => other.x === x) !== i)
  if (twice !== undefined) throw shamirError('shamir/duplicate-index', { index: twice.x })
}

const isComplete = (group: Group): boolean => group.length >= group[0].threshold
const lacking = (group: Group): number => group[0].threshold - group.length

function theComplete(groups: readonly Group[], damaged: readonly ShareEnvelope[]): Group {
  const [group, ...others] = groups.filter(isComplete)
  if (group === undefined) throw incomplete(groups, damaged)
  if (others.length > 0)
    throw shareError('shamir/ambiguous-sets', {
      setIds: [group, ...others].map(([one]) => encodeHex(one.setId)),
    })
  return group
}

/** Names the reason that comes first: changed shares, then several sets, then too few. */
function incomplete(groups: readonly Group[], damaged: readonly ShareEnvelope[]): Error {
  const [nearest] = groups.toSorted((a, b) => lacking(a) - lacking(b))
  const have = nearest?.length ?? 0
  const need = nearest?.[0].threshold ?? damaged[0]?.threshold ?? 2
  if (damaged.length > 0)
    return shareError('shamir/damaged-shares', { indexes: damaged.map(({ x }) => x), have, need })
  if (groups.length < 2) return shamirError('shamir/too-few-shares', { have, need })
  return shareError('shamir/mixed-sets', { setIds: groups.map(([one]) => encodeHex(one.setId)), have, need })
}

/** Genuine shares that lie on no polynomial, or hide another digest, were dealt so. */
function open(group: Group, engine: Engine): Uint8Array {
  const secret = combined(group, engine)
  if (secret === null) throw shareError('shamir/faulty-dealer', { setId: encodeHex(group[0].setId) })
  return secret
}

function combined(group: Group, engine: Engine): Uint8Array | null {
  const other = group.find(({ y }) => y.length !== group[0].y.length)
  if (other !== undefined) throw shamirError('shamir/mixed-lengths', { index: other.x })
  try {
    return combineBody(group, group[0].threshold, engine)
  } catch (error) {
    if (error instanceof ChartsealError && error.code === 'shamir/inconsistent-shares') return null
    throw error
  }
}

export function setOf({ setId, threshold, numShares, root }: ShareSet): ShareSet {
  return { setId: Uint8Array.from(setId), threshold, numShares, root: Uint8Array.from(root) }
}

const named = ({ setId, x }: ShareEnvelope): LeftOut => ({ setId: encodeHex(setId), index: x })
