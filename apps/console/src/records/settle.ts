/**
 * What the clinic, and the readers of a record, do not have yet: blocks, then the grant list, then word to each reader,
 * then the end of payloads that were replaced. All of it is on disk before the first request; cut off anywhere, the same
 * again goes on, and the clinic says itself which blocks it has.
 */
import { ChartsealError } from '@chartseal/core/errors'
import { isOffline, isRefused, refusalOf } from '../api/refusals.js'
import { mayWrite } from '../pairs/may-write.js'
import { changePair, type Unlocked } from '../pairs/pairs.js'
import { sealNotice } from '../thread/send.js'
import type { RecordsApi } from './api.js'
import { changeRecord, ownRecord, rowsOf, wipeRows } from './own-records.js'
import {
  blocksOf,
  duePrefix,
  nothingBefore,
  type OwnRecord,
  type Reader,
  withReadersAnew,
} from './own-row.js'

export interface Settling {
  readonly unlocked: Unlocked
  readonly api: RecordsApi
  /** Of this device: who signs the grant lists. */
  readonly kid: string
  /** Told how many of the blocks of a record the clinic has. */
  readonly said: (id: string, done: number, of: number) => void
}

/** `later`: the same again, when the clinic answers; `refused`: a person decides. */
export type Settled = 'done' | 'later' | 'refused'

export const settleLock = (id: string): string => `chartseal/settle/${id}`

/** Everything that is due, one record after the other. */
export async function settleRecords(settling: Settling): Promise<Settled> {
  let left: Settled = 'done'
  for (const key of await settling.unlocked.rows.keys(duePrefix))
    try {
      if ((await settleRecord(settling, key.slice(duePrefix.length))) === 'later') left = 'later'
    } catch (error) {
      // A row that is damaged holds up no other one.
      if (!isOfRecord(error)) throw error
    }
  return left
}

/** One tab at a time. What the clinic refuses is kept with its code, and waits until a person tries again. */
export function settleRecord(settling: Settling, id: string): Promise<Settled> {
  return settling.unlocked.locks(settleLock(id), async () => {
    try {
      await sendGrants(settling, id)
      // Who cannot be told does not hold up what is to end, nor the other way round.
      try {
        await dropPayloads(settling, id)
      } finally {
        await tellReaders(settling, id)
      }
      return 'done'
    } catch (error) {
      settling.said(id, 0, 0)
      if (isForLater(error)) return 'later'
      if (!isOfRecord(error)) throw error
      const why = refusalOf(error) ?? error.code
      await changeRecord(settling.unlocked, id, row => ({ row: { ...row, why } }))
      return 'refused'
    }
  })
}

/** What is of no one record or reader. */
const ofDevice = ['console/locked', 'console/storage-closed', 'console/newer-page']

export const isOfRecord = (error: unknown): error is ChartsealError =>
  error instanceof ChartsealError && !ofDevice.includes(error.code)

/** A person tries again what was refused. */
export async function tryAgain(settling: Settling, id: string): Promise<Settled> {
  await changeRecord(settling.unlocked, id, row => ({ row: withReadersAnew({ ...row, why: '' }) }))
  return settleRecord(settling, id)
}

/** What has no room, or what this clinic does not do, only a person can change. */
const forPeople = [501, 507]

export function isForLater(error: unknown): boolean {
  if (isOffline(error)) return true
  if (!isRefused(error)) return false
  const { status } = error.context
  return status === 408 || status === 429 || (status >= 500 && !forPeople.includes(status))
}

/** The blocks stay here until the clinic has taken the list that names them. */
async function sendGrants(settling: Settling, id: string): Promise<void> {
  const { unlocked } = settling
  const due = await ownRecord(unlocked, id)
  due?.contentKey.fill(0)
  due?.before.fill(0)
  if (due === null || due.storedSeq === due.seq) return
  const blocks = await sendBlocks(settling, id)
  // From here on the clinic may have it, whatever it answers: unless a person forgot or replaced it meanwhile.
  let isDue = false
  await changeRecord(unlocked, id, row => {
    isDue = row.list === due.list
    return { row: isDue ? { ...row, askedSeq: Math.max(row.askedSeq, due.seq), why: '' } : null }
  })
  if (!isDue) return
  await putGrants(settling, due)
  await changeRecord(unlocked, id, row =>
    row.list === due.list
      ? {
          row: { ...row, storedSeq: due.seq, before: nothingBefore },
          beside: blocks.map(key => [key, null] as const),
        }
      : { row: null },
  )
}

/** Refused as one that does not follow, the clinic may have this very list: its answer was lost. */
async function putGrants(
  { api }: Settling,
  { id, seq, list, grants, serves, readers }: OwnRecord,
): Promise<void> {
  try {
    await api.putGrants(id, seq, grants, serves ? readers : [])
  } catch (error) {
    if (!notNext.includes(refusalOf(error) ?? '')) throw error
    const there = await api.findPackage(id)
    if (there?.seq !== seq || there.list !== list) throw error
  }
}

const notNext = ['package/gap', 'package/conflict']

/** The root comes last into the rows, and any order does for the clinic. Gives the rows. */
async function sendBlocks({ unlocked, api, said }: Settling, id: string): Promise<readonly string[]> {
  const keys = await unlocked.rows.keys(blocksOf(id))
  for (const [i, key] of keys.entries()) {
    said(id, i, keys.length)
    const cid = key.slice(blocksOf(id).length)
    if (await api.hasBlock(cid)) continue
    const bytes = await unlocked.rows.get(key)
    if (bytes !== null) await api.putBlock(cid, bytes)
  }
  said(id, keys.length, keys.length)
  return keys
}

async function tellReaders(settling: Settling, id: string): Promise<void> {
  const row = await ownRecord(settling.unlocked, id)
  row?.contentKey.fill(0)
  for (const reader of row?.readers ?? []) {
    if (reader.isTold || reader.why !== '') continue
    try {
      await tellReader(settling, id, reader)
    } catch (error) {
      if (!isOfRecord(error)) throw error
      await changeRecord(settling.unlocked, id, now => ({
        row: withReader(now, reader.kid, { why: error.code }),
      }))
    }
  }
}

/** The message and the mark that it was written are one step. A device that they have no more is told nothing. */
async function tellReader(
  { unlocked, kid }: Settling,
  id: string,
  { pairId, kid: theirs }: Reader,
): Promise<void> {
  await changeRecord(unlocked, id, async row => {
    const reads = row.storedSeq === row.seq && row.readers.some(one => one.kid === theirs)
    if (!reads) return { row: null }
    const next = rowsOf(withReader(row, theirs, { isTold: true }))
    await changePair(unlocked, pairId, async pair => {
      if (pair.peerKid !== theirs) return { result: '', pair: null, beside: next }
      await mayWrite(unlocked, pair)
      const { beside = [], ...sealed } = sealNotice(unlocked, pair, {
        package: id,
        owner: kid,
        name: row.name,
      })
      return { ...sealed, beside: [...beside, ...next] }
    })
    wipeRows(next)
    return { row: null }
  })
}

const withReader = (
  row: OwnRecord,
  kid: string,
  change: Partial<Pick<Reader, 'isTold' | 'why'>>,
): OwnRecord => ({
  ...row,
  readers: row.readers.map(one => (one.kid === kid ? { ...one, ...change } : one)),
})

/** Only once the clinic has the list that names them no more. */
async function dropPayloads({ unlocked, api }: Settling, id: string): Promise<void> {
  const row = await ownRecord(unlocked, id)
  row?.contentKey.fill(0)
  if (row === null || row.storedSeq !== row.seq) return
  for (const cid of row.drop) {
    await api.deletePayload(cid)
    await changeRecord(unlocked, id, now => ({ row: { ...now, drop: now.drop.filter(one => one !== cid) } }))
  }
}
