/**
 * The clock of this device, and what each pair makes of it: keys move on with the months, and no further than the other
 * side follows unless a person says that the clock is right. One pair never stops another one.
 */
import { forgets, ringNow } from '@chartseal/clinic'
import { ChartsealError } from '@chartseal/core/errors'
import { readingKey, wipeRing } from '@chartseal/kdf-keyring'
import type { Pair } from './pair-row.js'
import { changePair, lookAtPairs, type PairChange, type Unlocked } from './pairs.js'

export const clockJumped = 'keyring/clock-jump'

/** Moves every pair to the present, and stores it; gives what the first one that cannot move says. */
export function stepPairs(unlocked: Unlocked): Promise<ChartsealError | null> {
  return eachPaired(unlocked, pair => moved(unlocked, pair, false))
}

/** A person says that the clock is right: pairs that stopped at it go on. Gives what stops one all the same. */
export function confirmPairs(unlocked: Unlocked): Promise<ChartsealError | null> {
  return eachPaired(unlocked, pair => {
    const { result, ...stepped } = moved(unlocked, pair, false)
    return result?.code === clockJumped ? moved(unlocked, pair, true) : { result, ...stepped }
  })
}

async function eachPaired(
  unlocked: Unlocked,
  step: (pair: Pair) => PairChange<ChartsealError | null>,
): Promise<ChartsealError | null> {
  let first: ChartsealError | null = null
  for (const id of (await lookAtPairs(unlocked, isWithRing)).flat()) {
    const problem = await changePair(unlocked, id, step)
    first ??= problem
  }
  return first
}

const isWithRing = ({ id, device }: Pair): readonly string[] => (device.ring === null ? [] : [id])

function moved({ clock }: Unlocked, pair: Pair, isConfirmed: boolean): PairChange<ChartsealError | null> {
  try {
    const device = { ...pair.device, ring: ringNow(pair.device, { clock }, isConfirmed) }
    if (isConfirmed || forgets(pair.device, device)) return { result: null, pair: { ...pair, device } }
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
  return (await lookAtPairs(unlocked, pair => (isOfPair(pair, kid) ? [pair.id] : []))).flat()
}

function isOfPair({ device: { ring } }: Pair, kid: Uint8Array): boolean {
  if (ring === null) return false
  try {
    readingKey(ring, kid).key.wipe()
    return true
  } catch (error) {
    const { context } = keyringRefusal(error)
    return (
      typeof context === 'object' && context !== null && 'where' in context && context.where !== 'outside'
    )
  }
}
