/** Blocks of records: put, looked for, read in part, deleted with all that lies below. */
import { z } from 'zod'
import type { BlockKeeper } from '../clinic/block-keeper.js'
import { linksIn, treeBelow } from '../clinic/block-tree.js'
import { isBlockOf } from '../clinic/blocks.js'
import type { Clinic } from '../clinic/clinic.js'
import type { EnrolledDevice } from '../clinic/directory.js'
import { addOpening } from '../clinic/openings.js'
import { requestError } from '../errors.js'
import { type Answer, json, nothing, bytes as octets } from '../http/answers.js'
import { cid, limits } from '../http/names.js'
import { bytesBody, type Operation, operation } from '../http/operation.js'
import { hasTag, rangeOf } from '../http/range.js'
import type { StoredBlob } from '../store.js'

const none = z.strictObject({})
const path = '/v1/blobs/{cid}'
const params = z.strictObject({ cid })
/** A reader may have been taken off the list since. */
const kept = { 'cache-control': 'private, no-cache', 'accept-ranges': 'bytes' } as const

/** @throws ChartsealError `blob/off` */
export function requireBlocks({ blocks }: Pick<Clinic, 'blocks'>): BlockKeeper {
  if (blocks === null) throw requestError('blob/off', {})
  return blocks
}

function who(device: EnrolledDevice | null): string {
  if (device === null) throw new Error('internal: who asks for a block signs')
  return device.kid
}

const putBlob = operation({
  method: 'PUT',
  path,
  summary: 'Put a block, as its CID names it',
  auth: 'device',
  codes: ['blob/mismatch', 'blob/deleted', 'blob/quota', 'blob/off', 'server/full'],
  params,
  query: none,
  body: bytesBody(limits.blockBytes, z.string().describe('the block')),
  answer: { status: 200, json: z.strictObject({ size_bytes: z.int(), stored_ms: z.int() }) },
  admit: async (_params, clinic) => requireBlocks(clinic),
  async run({ params: { cid }, bytes, device }, clinic) {
    const isBlock = isBlockOf(cid, bytes) && linksIn(cid, bytes) !== null
    if (!isBlock) throw requestError('blob/mismatch', {})
    const { sizeBytes, storedMs } = await requireBlocks(clinic).turn(cid, () =>
      put(clinic, cid, who(device), bytes),
    )
    return json({ size_bytes: sizeBytes, stored_ms: storedMs })
  },
})

async function put(clinic: Clinic, cid: string, kid: string, bytes: Uint8Array): Promise<StoredBlob> {
  const { store, writes, clock, room } = clinic
  const { files, bytesPerDevice } = requireBlocks(clinic)
  const blob = { cid, kid, sizeBytes: bytes.length, nowMs: clock.nowMs() }
  const verdict = await store.blobs.room(blob, bytesPerDevice)
  if (verdict === 'deleted' || verdict === 'full') throw refusalOf(verdict)
  const isThere = (await files.sizeOf(cid)) === bytes.length && (await store.blobs.find(cid)) !== null
  if (!isThere || verdict === 'room') await room.require()
  // The row says that the bytes are on the disk.
  if (!isThere) await files.put(cid, bytes)
  const stored = await writes.commit(tables => tables.blobs.put(blob, bytesPerDevice))
  if (typeof stored === 'string') throw refusalOf(stored)
  return stored
}

function refusalOf(verdict: 'deleted' | 'full'): Error {
  return requestError(verdict === 'deleted' ? 'blob/deleted' : 'blob/quota', {})
}

/** @throws ChartsealError `blob/missing`, `blob/deleted` */
async function requireReadable(clinic: Clinic, cid: string, kid: string): Promise<StoredBlob> {
  const { files } = requireBlocks(clinic)
  const found = await clinic.store.blobs.readable(cid, kid, clinic.clock.nowMs())
  if (found === 'deleted') throw requestError('blob/deleted', {})
  // A store that was restored without its files says so, and takes them again.
  if (found === 'missing' || (await files.sizeOf(cid)) !== found.sizeBytes)
    throw requestError('blob/missing', {})
  return found
}

const tagOf = (cid: string): string => `"${cid}"`

const headBlob = operation({
  method: 'HEAD',
  path,
  summary: 'Whether a block is there, for those who may read it',
  auth: 'device',
  codes: ['blob/missing', 'blob/deleted', 'blob/off'],
  params,
  query: none,
  answer: { status: 200 },
  async run({ params: { cid }, device }, clinic) {
    const { sizeBytes } = await requireReadable(clinic, cid, who(device))
    const headers = { ...kept, etag: tagOf(cid), 'content-length': `${sizeBytes}` }
    return { status: 200, headers: { ...headers, 'content-type': 'application/octet-stream' }, body: null }
  },
})

const getBlob = operation({
  method: 'GET',
  path,
  summary: 'A block, or a part of it',
  auth: 'device',
  codes: ['blob/missing', 'blob/deleted', 'blob/range', 'blob/off'],
  params,
  query: none,
  answer: { status: 200, type: 'application/octet-stream' },
  others: { 206: 'the part that Range names', 304: 'it is the one that If-None-Match names' },
  async run({ params: { cid }, device, header }, clinic) {
    const { sizeBytes } = await requireReadable(clinic, cid, who(device))
    const headers = { ...kept, etag: tagOf(cid) }
    if (hasTag(header('if-none-match'), tagOf(cid))) return { status: 304, headers, body: null }
    const range = rangeOf(header('range'), sizeBytes)
    if (range === 'none') throw requestError('blob/range', { sizeBytes })
    const part = await requireBlocks(clinic).files.read(cid, range ?? { start: 0, end: sizeBytes })
    if (part === null) throw requestError('blob/missing', {})
    if (range === null) return octets(part, headers)
    const { start, end } = range
    return {
      ...octets(part, { ...headers, 'content-range': `bytes ${start}-${end - 1}/${sizeBytes}` }),
      status: 206,
    }
  },
})

const deleteBlob = operation({
  method: 'DELETE',
  path,
  summary: 'Delete a payload by its root, for good: all blocks below it, too',
  auth: 'device',
  codes: ['blob/missing', 'blob/part', 'blob/off', 'server/log'],
  params,
  query: none,
  answer: { status: 204 },
  run: ({ params: { cid }, device }, clinic) =>
    clinic.turns.take(`payloads ${who(device)}`, () => remove(clinic, cid, who(device))),
})

/** Few enough that nobody waits long for their transaction. */
const together = 200

async function remove(clinic: Clinic, root: string, kid: string): Promise<Answer> {
  const { store, log, writes, clock } = clinic
  const blocks = requireBlocks(clinic)
  if ((await store.blobs.held(root, kid)) === null) {
    const found = await store.blobs.readable(root, kid, clock.nowMs())
    if (found === 'deleted') return nothing
    throw requestError('blob/missing', {})
  }
  if (await store.blobs.isPart(root, kid)) throw requestError('blob/part', {})
  const { cids } = await treeBelow(root, blocks.files)
  const recorded = await log.record({ act: 'blob-deleted', by: kid, box: '', ids: [root], device: '' })
  const nowMs = clock.nowMs()
  // The root goes last: killed in between, the same request finishes it.
  for (let at = 0; at < cids.length; at += together) {
    const part = cids.slice(at, at + together)
    const isLast = at + together >= cids.length
    const gone = await writes.commit(async tables => {
      if (isLast) await addOpening(tables, recorded, [kid])
      return tables.blobs.release({ root, cids: part, kid, nowMs })
    })
    await blocks.drop(gone)
  }
  return nothing
}

export const blobs: readonly Operation[] = [putBlob, headBlob, getBlob, deleteBlob]
