/**
 * Whether the clinic still has what it took: one that was restored from a backup has older lists, gives records to nobody,
 * and may have payloads again that were deleted. What differs becomes due, and settle.ts sends it.
 */
import { grantsWith, parseGrantList } from '@chartseal/ipfs-envelope'
import type { Signer } from '../api/identity.js'
import type { GrantsReader, PackageThere } from './api.js'
import { ownerOf, withKey } from './envelope.js'
import { changeRecord, ownRecord } from './own-records.js'
import { eachOnce, type OwnRecord, ownPrefix, type Reader, stored, withReadersAnew } from './own-row.js'
import { isForLater, isOfRecord, type Settling, settleLock } from './settle.js'
import { signed } from './signed.js'

export interface Comparing extends Settling {
  readonly signer: Signer
}

/** Each record that the clinic has taken; what it refuses of one, the next step says. @throws ChartsealError `console/offline` */
export async function compareRecords(comparing: Comparing): Promise<void> {
  for (const key of await comparing.unlocked.rows.keys(ownPrefix))
    try {
      await compareRecord(comparing, key.slice(ownPrefix.length))
    } catch (error) {
      if (isForLater(error) || !isOfRecord(error)) throw error
    }
}

async function compareRecord({ unlocked, api, signer }: Comparing, id: string): Promise<void> {
  await unlocked.locks(settleLock(id), async () => {
    const row = await ownRecord(unlocked, id)
    row?.contentKey.fill(0)
    row?.before.fill(0)
    if (row === null || row.storedSeq === 0) return
    const there = await api.findPackage(id)
    await changeRecord(unlocked, id, async now => {
      const isSame = now.list === row.list && now.storedSeq === row.storedSeq
      return { row: isSame ? toldAnew(await corrected(signer, now, there), now) : null }
    })
  })
}

/** Whoever could not be told is tried once more, such as one who was blocked. */
function toldAnew(next: OwnRecord | null, row: OwnRecord): OwnRecord | null {
  if (row.readers.every(({ why }) => why === '')) return next
  return withReadersAnew(next ?? row)
}

/** `null`: nothing is to be done. */
async function corrected(
  signer: Signer,
  row: OwnRecord,
  there: PackageThere | null,
): Promise<OwnRecord | null> {
  const isOver = row.contentKey.length === 0
  if (there === null) return isOver ? null : refused(row, 'package/missing')
  if (there.seq < row.storedSeq) return setBack(row, there)
  if (row.storedSeq !== row.seq) return null
  if (there.seq !== row.seq || there.list !== row.list) return refused(row, 'package/conflict')
  const { readers, serves } = row
  if (isOver || isSameAs(there.readers, serves ? eachOnce(readers) : [])) return null
  const list = await withKey(row.contentKey, key =>
    grantsWith(ownerOf(signer), parseGrantList(row.grants), key, []),
  )
  return { ...signed(row, list), before: stored(row) }
}

/** The list again, and the end of what it did not name any more. */
function setBack(row: OwnRecord, { seq, payload }: PackageThere): OwnRecord {
  const gone = [
    ...(payload === row.payload ? [] : [payload]),
    ...(row.contentKey.length === 0 ? [row.payload] : []),
  ]
  const drop = [...new Set([...row.drop, ...gone])]
  const before = row.before.length > 0 ? row.before : stored(row)
  return { ...row, storedSeq: seq, drop, why: '', before }
}

/** A person sees it, and can still stop or destroy it. */
const refused = (row: OwnRecord, why: string): OwnRecord => ({
  ...row,
  storedSeq: 0,
  why,
  before: stored(row),
})

const isSameAs = (there: readonly GrantsReader[] | null, wanted: readonly Reader[]): boolean =>
  there !== null && textOf(there) === textOf(wanted)

const textOf = (readers: readonly GrantsReader[]): string =>
  readers
    .map(({ kid, untilMs, purposes }) => `${kid} ${untilMs} ${[...new Set(purposes)].sort().join(' ')}`)
    .sort()
    .join('\n')
