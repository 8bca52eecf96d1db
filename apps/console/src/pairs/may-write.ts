/** When a message may leave: never before the device has a recovery kit, and never between two who are blocked. */
import { consoleError } from '../errors.js'
import { isCovered, isPaired, type Pair } from './pair-row.js'
import { lookAtPairs, type Unlocked } from './pairs.js'

/**
 * A pair that came after the kit may be written to: what its keys open until the next kit is lost with the device alone,
 * the other side sees that nothing was opened, and pairing again mends it. The page says so for as long as it is so.
 * @throws ChartsealError `console/kit-first`, `console/blocked`
 */
export async function mayWrite(unlocked: Unlocked, pair: Pair): Promise<void> {
  if (pair.blockedMs > 0 || pair.isBlockedByPeer) throw consoleError('console/blocked', {})
  if (!(await hasKit(unlocked, pair))) throw consoleError('console/kit-first', {})
}

/** Whether word that nobody writes may leave, such as that something was opened. */
export const mayTell = async (unlocked: Unlocked, pair: Pair): Promise<boolean> =>
  pair.blockedMs === 0 && (await hasKit(unlocked, pair))

/** A kit was made on this device, or brought to it, and a sheet of it was scanned back. */
export async function hasKit(unlocked: Unlocked, pair: Pair): Promise<boolean> {
  return isPaired(pair) && (isCovered(pair) || (await lookAtPairs(unlocked, isCovered)).some(Boolean))
}
