import type { Tables } from '../store.js'
import type { Recorded } from './audit-log.js'

/**
 * Keeps what opens an entry that the server made. Another one at its place of the log means that log and store do not
 * belong together: then nothing is done.
 * @throws Error where the store has another entry there
 */
export async function addOpening(
  { openings }: Pick<Tables, 'openings'>,
  recorded: Recorded,
  parties: readonly string[],
): Promise<void> {
  const put = await openings.add({ ...recorded, parties })
  if (put === 'conflict') throw new Error('internal: the store has another entry at this place of the log')
}
