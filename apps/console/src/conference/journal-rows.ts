/**
 * What the two ends of a conference keep, as rows of this browser. Words that came are written in one go with the record
 * that says so: killed at any moment, nothing that was acknowledged is missing here.
 */
import type { Journal, Slot } from '@chartseal/clinic/conference'
import { consoleError } from '../errors.js'
import type { Beside, Unlocked } from '../pairs/pairs.js'

/** @param ref the conference, or the seat */
export const journalOf = (ref: string): string => `journal/${ref}/`

const nameOf = (ref: string, number: number): string => `${journalOf(ref)}${String(number).padStart(12, '0')}`
const numberIn = (key: string): number => Number(key.split('/').at(-1) ?? 0)

/** @param beside gives the rows that wait, once @throws ChartsealError `console/damaged-row` */
export async function rowJournal(unlocked: Unlocked, ref: string, beside: () => Beside): Promise<Journal> {
  const { rows } = unlocked
  const found = await rows.range(journalOf(ref))
  let keys = [...(await rows.keys(journalOf(ref)))]
  // A journal with a hole would forget who left, or spend a number twice.
  if (keys.length !== found.length) throw consoleError('console/damaged-row', { row: 'journal' })
  let next = numberIn(keys.at(-1) ?? '') + 1
  const named = (records: readonly Uint8Array[]): Beside =>
    records.map(record => [nameOf(ref, next++), record] as const)
  return {
    records: found.map(([, record]) => record),
    async append(records) {
      const more = named(records)
      await rows.write([...more, ...beside()])
      keys.push(...more.map(([key]) => key))
    },
    async replace(records) {
      const [gone, more] = [keys, named(records)]
      await rows.write([...gone.map(key => [key, null] as const), ...more, ...beside()])
      keys = more.map(([key]) => key)
    },
  }
}

export async function rowSlot({ rows }: Unlocked, ref: string, beside: () => Beside): Promise<Slot> {
  const key = nameOf(ref, 0)
  return {
    record: await rows.get(key),
    put: record => rows.write([[key, record], ...beside()]),
  }
}

/** Deletes what is kept of it. */
export const journalGone = async ({ rows }: Unlocked, ref: string): Promise<Beside> =>
  (await rows.keys(journalOf(ref))).map(key => [key, null] as const)
