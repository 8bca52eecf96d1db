/** The records that this device shares, one row each; a change takes the lock of its row. */
import type { Beside, Unlocked } from '../pairs/pairs.js'
import {
  decodeOwnRecord,
  dueKeyOf,
  encodeOwnRecord,
  isSettled,
  type OwnRecord,
  ownKeyOf,
  ownPrefix,
} from './own-row.js'

/** What a step on a record leaves: the row to keep (`null` when it did not change), and rows beside it. */
export interface RecordChange {
  readonly row: OwnRecord | null
  readonly beside?: Beside
}

/** The newest first; those that are damaged are left out, and counted by the rows. Secret: the caller wipes the keys. */
export async function ownRecords({ rows }: Unlocked): Promise<readonly OwnRecord[]> {
  const found = await rows.readOnce(ownPrefix, new Map(), decodeOwnRecord)
  return found.toSorted((a, b) => b.createdMs - a.createdMs)
}

/** `null`: there is none of this id any more. */
export async function ownRecord({ rows }: Unlocked, id: string): Promise<OwnRecord | null> {
  const bytes = await rows.get(ownKeyOf(id))
  return bytes === null ? null : decodeOwnRecord(ownKeyOf(id), bytes)
}

/** What a step on a record takes, for as long as it lasts. */
export const lockOf = (id: string): string => `chartseal/${ownKeyOf(id)}`

/** Nothing happens to a record that is gone. Gives the row as it is afterwards. */
export function changeRecord(
  unlocked: Unlocked,
  id: string,
  step: (row: OwnRecord) => Promise<RecordChange> | RecordChange,
): Promise<OwnRecord | null> {
  return unlocked.locks(lockOf(id), async () => {
    const before = await ownRecord(unlocked, id)
    if (before === null) return null
    const { row, beside = [] } = await step(before)
    if (row !== null) await writeRecord(unlocked, row, beside)
    else if (beside.length > 0) await unlocked.rows.write(beside)
    return row ?? before
  })
}

export async function writeRecord({ rows }: Unlocked, row: OwnRecord, beside: Beside = []): Promise<void> {
  const own = rowsOf(row)
  try {
    await rows.write([...own, ...beside])
  } finally {
    wipeRows(own)
  }
}

/** What was written holds the content key. */
export function wipeRows(rows: Beside): void {
  for (const [, bytes] of rows) bytes?.fill(0)
}

/** The row, and the mark that something of it is due; what was refused waits until a person tries again. */
export function rowsOf(row: OwnRecord): Beside {
  const isDue = !isSettled(row) && row.why === ''
  return [
    [ownKeyOf(row.id), encodeOwnRecord(row)],
    [dueKeyOf(row.id), isDue ? new Uint8Array() : null],
  ]
}
