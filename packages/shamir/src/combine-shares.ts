import { encodeHex } from '@chartseal/core/encoding'
import { defaultEngine } from '@chartseal/core/engine'
import { openGroup, selectShares } from './select-shares.js'
import type { ShareEnvelope, ShareSet } from './share-set.js'
import type { VerifyOptions } from './verify.js'

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
  /** Sound, and of other sets than the one whose root is known. */
  readonly strangers: readonly LeftOut[]
}

/**
 * Recovers the secret. Damaged shares are named and left out while enough remain, a share that is given twice counts
 * once, and more shares than needed are checked against each other. Shares of several sets are refused, unless `root`
 * says which set is meant: then the others are left out.
 * @throws ChartsealError `shamir/…`; each code says what the shares lack
 */
export function combineShares(shares: readonly ShareEnvelope[], options: VerifyOptions = {}): Recovery {
  const { root, engine = defaultEngine() } = options
  const { group, damaged, strangers } = selectShares(shares, root, engine)
  return {
    secret: openGroup(group, engine),
    set: setOf(group[0]),
    used: group.map(({ x }) => x),
    damaged: damaged.map(named),
    strangers: strangers.map(named),
  }
}

export function setOf({ setId, threshold, numShares, root }: ShareSet): ShareSet {
  return { setId: Uint8Array.from(setId), threshold, numShares, root: Uint8Array.from(root) }
}

const named = ({ setId, x }: ShareEnvelope): LeftOut => ({ setId: encodeHex(setId), index: x })
