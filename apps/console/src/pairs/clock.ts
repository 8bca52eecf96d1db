/**
 * The clock of this device, and what each pair makes of it: keys move on with the months, and no further than the other
 * side follows unless a person says that the clock is right. One pair never stops another one.
 */
import { forgets, ringNow } from '@chartseal/clinic'
import { ChartsealError } from '@chartseal/core/errors'
import { type Ring, readingKey, wipeRing } from '@chartseal/kdf-keyring'
import { clockJumped } from '../errors.js'
import { untaken } from '../thread/taken.js'
import type { Pair } from './pair-row.js'
import { changePair, lookAtPairs, type PairChange, type Unlocked } from './pairs.js'

/** Moves every pair to the present, and stores it; gives what the first one that cannot move says. */
export function stepPairs(unlocked: Unlocked): Promise<ChartsealError | null> {
  return eachPaired(unlocked, pair => moved(unlocked, pair, false))
}

/** A person says that the clock is right: pairs that stopped at it go on. Gives what stops one all the same. */
export function confirmPairs(unlocked: Unlocked): Promise<ChartsealError | null> {
  return eachPaired(unlocked, async pair => {
    const stepped = await moved(unlocked, pair, false)
    return stepped.result?.code === clockJumped ? moved(unlocked, pair, true) : stepped
  })
}

async function eachPaired(
  unlocked: Unlocked,
  step: (pair: Pair) => Promise<PairChange<ChartsealError | null>>,
): Promise<ChartsealError | null> {
  let first: ChartsealError | null = null
  for (const id of (await lookAtPairs(unlocked, isWithRing)).flat()) {
    const problem = await changePair(unlocked, id, step)
    first ??= problem
  }
  return first
}

const isWithRing = ({ id, device }: Pair): readonly string[] => (device.ring === null ? [] : [id])

async function moved(
  unlocked: Unlocked,
  pair: Pair,
  isConfirmed: boolean,
): Promise<PairChange<ChartsealError | null>> {
  try {
    const device = { ...pair.device, ring: ringNow(pair.device, unlocked, isConfirmed) }
    if (isConfirmed || forgets(pair.device, device)) {
      const beside = await untaken(unlocked, pair.id, kid => placeOfKid(device.ring, kid) === 'here')
      return { result: null, pair: { ...pair, device }, beside }
    }
    wipeRing(device.ring)
    return { result: null, pair: null }
  } catch (error) {
    return { result: keyringRefusal(error), pair: null }
  }
}

function keyringRefusal(error: unknown): ChartsealError {
  if (error instanceof ChartsealError && error.code.startsWith('keyring/')) return error
  throw error
}

/** The pairs of which this is a key, of whichever month: found without a look at the clock. */
export async function pairsOfKid(unlocked: Unlocked, kid: Uint8Array): Promise<readonly string[]> {
  const isOf = ({ device: { ring } }: Pair): boolean => ring !== null && placeOfKid(ring, kid) !== 'outside'
  return (await lookAtPairs(unlocked, pair => (isOf(pair) ? [pair.id] : []))).flat()
}

function placeOfKid(ring: Ring, kid: Uint8Array): 'here' | 'gone or to come' | 'outside' {
  try {
    readingKey(ring, kid).key.wipe()
    return 'here'
  } catch (error) {
    const { context } = keyringRefusal(error)
    const isKnown = typeof context === 'object' && context !== null && 'where' in context
    return isKnown && context.where !== 'outside' ? 'gone or to come' : 'outside'
  }
}

/**
 * Whether what was sealed under this own key comes too late: its month is over, or, when it may be with the other side,
 * its key is destroyed.
 */
export function isKeyOver(ring: Ring, kid: Uint8Array, wasStored: boolean): boolean {
  if (placeOfKid(ring, kid) !== 'here') return true
  const reading = readingKey(ring, kid)
  reading.key.wipe()
  return !wasStored && reading.epoch < ring.epoch
}
