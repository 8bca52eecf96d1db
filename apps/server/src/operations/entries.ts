/** The log of the clinic: its public files, entries that clients sealed, and what each device may open. */
import { encodeBase64Url, encodeUtf8 } from '@chartseal/core/encoding'
import { defaultEngine } from '@chartseal/core/engine'
import { z } from 'zod'
import type { Clinic } from '../clinic/clinic.js'
import { requestError } from '../errors.js'
import { type Answer, bytes, json, text } from '../http/answers.js'
import { after, limit, limits, name16 } from '../http/names.js'
import { bytesBody, type Operation, operation } from '../http/operation.js'
import { mayHaveMore, pageOf } from '../http/pages.js'
import { retryMs } from '../http/problems.js'

const none = z.strictObject({})
const octets = z.string().describe('opaque bytes')
/** A full tile never changes, nor does a partial one; the checkpoint does. */
const forever = { 'cache-control': 'public, max-age=31536000, immutable' } as const

const getCheckpoint = operation({
  method: 'GET',
  path: '/log/checkpoint',
  summary: 'The newest signed checkpoint (C2SP tlog-checkpoint)',
  auth: 'open',
  codes: ['request/not-found'],
  params: none,
  query: none,
  answer: { status: 200, type: 'text/plain; charset=utf-8' },
  async run(_call, { log }) {
    const found = await log.read('checkpoint')
    if (found === null) throw requestError('request/not-found', {})
    return { ...text('', { 'cache-control': 'no-cache' }), body: new Uint8Array(found) }
  },
})

const tile = operation({
  method: 'GET',
  path: '/log/tile/{tile}',
  summary: 'A tile or an entry bundle (C2SP tlog-tiles)',
  auth: 'open',
  codes: ['request/not-found'],
  params: z.strictObject({
    tile: z.string().regex(/^(?:entries|\d{1,2})\/(?:x\d{3}\/){0,5}\d{3}(?:\.p\/[1-9]\d{0,2})?$/),
  }),
  query: none,
  answer: { status: 200, type: 'application/octet-stream' },
  async run({ params }, { log }) {
    const found = await log.read(`tile/${params.tile}`)
    if (found === null) throw requestError('request/not-found', {})
    return bytes(found, forever)
  },
})

const putEntry = operation({
  method: 'PUT',
  path: '/v1/entries/{id}',
  summary: 'Append an entry that the client sealed',
  auth: 'device',
  codes: ['entry/conflict', 'server/log', 'server/full'],
  params: z.strictObject({ id: name16 }),
  query: z.strictObject({ subject: name16.optional() }),
  body: bytesBody(limits.entryBytes, octets),
  answer: { status: 200, json: z.strictObject({ index: z.int() }) },
  async run({ params: { id }, query, bytes, device }, clinic) {
    if (device === null) throw new Error('internal: who appends signs')
    const { kid } = device
    const subject = query.subject ?? ''
    return clinic.turns.take(`entry ${id}`, () => putOnce(clinic, { id, kid, subject, bytes }))
  },
})

interface SealedEntry {
  readonly id: string
  readonly kid: string
  /** Empty without. */
  readonly subject: string
  readonly bytes: Uint8Array
}

/** The log has it once; who may find it was said the first time. */
async function putOnce(clinic: Clinic, sealed: SealedEntry): Promise<Answer> {
  const { writes, store, room, description } = clinic
  const { id, kid, subject, bytes: entry } = sealed
  const parties = subject === '' ? [kid] : [kid, subject]
  const known = await store.openings.find(id)
  if (known === null) {
    await room.require()
    room.takeEntry(kid, entry.length)
  }
  const leafIndex = known?.leafIndex ?? (await placeInLog(clinic, sealed))
  const put = await writes.commit(tables =>
    tables.openings.add({ id, log: description.logOrigin, leafIndex, salt: null, entry, parties }),
  )
  if (put === 'conflict') throw requestError('entry/conflict', {})
  return json({ index: leafIndex })
}

/** Of the 1,000 that a reader looks at again, so many may come before what opens this one is stored. */
const lateEntries = 900

/**
 * The leaf of an entry, of which nothing in the store says yet whose it is. One that a crash has left behind for so long
 * that no reader looks there any more stays what it is, and another one is made.
 */
async function placeInLog({ log }: Clinic, sealed: SealedEntry): Promise<number> {
  for (let attempt = 0; ; attempt++) {
    const leafIndex = await log.append(leafId(sealed, attempt), { body: sealed.bytes })
    if (leafIndex >= log.size - lateEntries) return leafIndex
  }
}

/** Everybody reads it, and nobody but its device can ask for it again: whose the entry is does not rest on the store. */
function leafId({ kid, id, subject }: SealedEntry, attempt: number): Uint8Array {
  const text = `chartseal/entry/v2 ${kid} ${id} ${subject} ${attempt}`
  return defaultEngine().sha256(encodeUtf8(text)).slice(0, 16)
}

const listAnswer = z.strictObject({
  entries: z.array(
    z.strictObject({ index: z.int(), id: name16, salt: z.string().nullable(), entry: z.string() }),
  ),
  more: z.boolean(),
})

const listEntries = operation({
  method: 'GET',
  path: '/v1/entries',
  summary: 'Entries of this device, or those that were sealed under a subject',
  auth: 'device',
  codes: [],
  params: none,
  query: z.strictObject({ after, limit, subject: name16.optional() }),
  answer: { status: 200, json: listAnswer },
  async run({ query, device }, { store, description }) {
    const page = pageOf(query.limit)
    const party = query.subject ?? device?.kid ?? ''
    const found = await store.openings.ofParty(description.logOrigin, party, {
      ...page,
      after: query.after ?? -1,
    })
    const entries = found.map(({ leafIndex, id, salt, entry }) => ({
      index: leafIndex,
      id,
      salt: salt === null ? null : encodeBase64Url(salt),
      entry: encodeBase64Url(entry),
    }))
    const sizes = found.map(({ entry }) => entry.length)
    return json({ entries, more: mayHaveMore(sizes, page, limits.entryBytes) })
  },
})

const getReceipt = operation({
  method: 'GET',
  path: '/v1/entries/{id}/receipt',
  summary: 'Proof that an entry is in the log (C2SP tlog-proof)',
  auth: 'device',
  codes: ['entry/missing', 'entry/not-published'],
  params: z.strictObject({ id: name16 }),
  query: z.strictObject({ subject: name16.optional() }),
  answer: { status: 200, type: 'text/plain; charset=utf-8' },
  async run({ params, query, device }, { store, log, description }): Promise<Answer> {
    const opening = await store.openings.find(params.id)
    const party = query.subject ?? device?.kid ?? ''
    if (opening === null || opening.log !== description.logOrigin || !opening.parties.includes(party))
      throw requestError('entry/missing', {})
    const receipt = await log.receipt(opening.leafIndex)
    if (receipt === null) throw requestError('entry/not-published', { retryMs })
    return text(receipt)
  },
})

export const entries: readonly Operation[] = [getCheckpoint, tile, putEntry, listEntries, getReceipt]
