/**
 * Messages that no key here opens: of keys that a kit may bring, or of a month to come. Whoever knows the mailbox can send
 * any number of them, so that only the newest are kept.
 */
import type { Unlocked } from '../pairs/pairs.js'
import { rowMark, rowTime } from '../store/row-time.js'
import { waitingRow } from './outbox-item.js'

export const strayPrefix = 'stray/'
export const maxStrays = 200
export const maxStrayBytes = 20_000_000

/** Keeps one, in place of the oldest where there are too many. */
export async function keepStray(unlocked: Unlocked, bytes: Uint8Array): Promise<void> {
  const { rows } = unlocked
  const key = `${strayPrefix}${rowTime(unlocked)}-${bytes.length}-${rowMark(unlocked)}`
  const before = await rows.keys(strayPrefix)
  const gone = tooMany([...before, key])
  await rows.write([...gone.map(one => [one, null] as const), [key, bytes]])
}

/** The oldest, so many that the others are within both bounds. */
function tooMany(keys: readonly string[]): readonly string[] {
  let sizeBytes = keys.reduce((sum, key) => sum + sizeIn(key), 0)
  let from = 0
  for (; keys.length - from > maxStrays || sizeBytes > maxStrayBytes; from++)
    sizeBytes -= sizeIn(keys[from] ?? '')
  return keys.slice(0, from)
}

/** The size stands in the name, so that no row is read for it. */
const sizeIn = (key: string): number => Number(key.split('-')[1] ?? 0)

/** Tries each, one at a time; what `take` takes is kept no longer. */
export async function eachStray(
  unlocked: Unlocked,
  take: (bytes: Uint8Array) => Promise<boolean>,
): Promise<void> {
  const { rows } = unlocked
  for (const key of await rows.keys(strayPrefix)) {
    const bytes = await waitingRow(unlocked, key)
    if (bytes !== null && (await take(bytes))) await rows.write([[key, null]])
  }
}
