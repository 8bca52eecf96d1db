/**
 * What the clinic, and the readers of a record, do not have yet: blocks, then the grant list, then the end of payloads
 * that were replaced, then word to each reader. All of it is on disk before the first request; cut off anywhere, the same
 * again goes on, and the clinic says itself which blocks it has.
 */
import { ChartsealError } from '@chartseal/core/errors'
import { isOffline, isRefused, refusalOf } from '../api/client.js'
import { mayWrite } from '../pairs/may-write.js'
import { changePair, type Unlocked } from '../pairs/pairs.js'
import { sealNotice } from '../thread/send.js'
import type { RecordsApi } from './api.js'
import { changeRecord, ownRecord, rowsOf, wipeRows } from './own-records.js'
import { blocksOf, duePrefix, type OwnRecord, oneOfEachDevice, type Reader } from './own-row.js'

export interface Settling {
  readonly unlocked: Unlocked
  readonly api: RecordsApi
  /** Of this device: who signs the grant lists. */
  readonly kid: string
  /** Told how many of the blocks of a record the clinic has. */
  readonly said: (id: string, done: number, of: number) => void
}

/** `later`: the same again, when the clinic answers. */
export type Settled = 'done' | 'later'

/** Everything that is due, one record after the other. */
export async function settleRecords(settling: Settling): Promise<Settled> {
  let left: Settled = 'done'
  for (const key of await settling.unlocked.rows.keys(duePrefix))
    if ((await settleRecord(settling, key.slice(duePrefix.length))) === 'later') left = 'later'
  return left
}

/** One tab at a time. What the clinic refuses is kept with its code, and waits until a person tries again. */
export function settleRecord(settling: Settling, id: string): Promise<Settled> {
  return settling.unlocked.locks(`chartseal/settle/${id}`, async () => {
    try {
      await sendGrants(settling, id)
      await dropPayloads(settling, id)
      await tellReaders(settling, id)
      return 'done'
    } catch (error) {
      settling.said(id, 0, 0)
      if (isForLater(error)) return 'later'
      if (!(error instanceof ChartsealError) || error.code === 'console/locked') throw error
      const why = refusalOf(error) ?? error.code
      await changeRecord(settling.unlocked, id, row => ({ row: { ...row, why } }))
      return 'done'
    }
  })
}

/** A person tries again what was refused. */
export async function tryAgain(settling: Settling, id: string): Promise<Settled> {
  await changeRecord(settling.unlocked, id, row => ({ row: { ...row, why: '' } }))
  return settleRecord(settling, id)
}

/** What has no room, or what this clinic does not do, only a person can change. */
const forPeople = [501, 507]

function isForLater(error: unknown): boolean {
  if (isOffline(error)) return true
  if (!isRefused(error)) return false
  const { status } = error.context
  return status === 408 || status === 429 || (status >= 500 && !forPeople.includes(status))
}

/** The blocks stay here until the clinic has taken the list that names them. */
async function sendGrants(settling: Settling, id: string): Promise<void> {
  const { unlocked, api } = settling
  const due = await ownRecord(unlocked, id)
  if (due === null || due.storedSeq === due.seq) return
  const blocks = await sendBlocks(settling, id)
  // From here on the clinic may have it, whatever it answers. One that was forgotten meanwhile is never asked for.
  const asked = await changeRecord(unlocked, id, row => ({
    row: row.seq === due.seq ? { ...row, askedSeq: due.seq } : null,
  }))
  if (asked?.askedSeq !== due.seq) return
  await api.putGrants(id, due.seq, due.grants, due.serves ? oneOfEachDevice(due.readers) : [])
  await changeRecord(unlocked, id, row => ({
    row: { ...row, storedSeq: due.seq },
    beside: blocks.map(key => [key, null] as const),
  }))
}

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
  let untold: unknown = null
  for (const reader of row?.readers ?? [])
    if (!reader.isTold)
      await tellReader(settling, id, reader).catch(error => {
        // Who cannot be written to keeps nobody else from being told.
        if (!mayNotWrite(error)) throw error
        untold = error
      })
  if (untold !== null) throw untold
}

const mayNotWrite = (error: unknown): boolean =>
  error instanceof ChartsealError && ['console/blocked', 'console/kit-first'].includes(error.code)

/** The message and the mark that it was written are one step. A device that they have no more is told nothing. */
async function tellReader(
  { unlocked, kid }: Settling,
  id: string,
  { pairId, kid: theirs }: Reader,
): Promise<void> {
  await changeRecord(unlocked, id, async row => {
    const next = rowsOf(told(row, theirs))
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

const told = (row: OwnRecord, kid: string): OwnRecord => ({
  ...row,
  readers: row.readers.map(one => (one.kid === kid ? { ...one, isTold: true } : one)),
})

async function dropPayloads({ unlocked, api }: Settling, id: string): Promise<void> {
  const row = await ownRecord(unlocked, id)
  for (const cid of row?.drop ?? []) {
    await api.deletePayload(cid)
    await changeRecord(unlocked, id, now => ({ row: { ...now, drop: now.drop.filter(one => one !== cid) } }))
  }
}
