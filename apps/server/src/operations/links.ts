/** SMART Health Links of a device: make one, end it, see who opened it. */
import { createHash } from 'node:crypto'
import { ChartsealError } from '@chartseal/core/errors'
import { requireServable } from '@chartseal/ipfs-envelope/shl'
import { z } from 'zod'
import { defaultBytesPerDevice } from '../clinic/block-keeper.js'
import type { Clinic } from '../clinic/clinic.js'
import type { EnrolledDevice } from '../clinic/directory.js'
import { requireLiving } from '../clinic/end-device.js'
import { addOpening } from '../clinic/openings.js'
import { requestError } from '../errors.js'
import { type Answer, json, nothing } from '../http/answers.js'
import { after, defaultLimit, limit, limits, name32 } from '../http/names.js'
import { jsonBody, type Operation, operation } from '../http/operation.js'
import type { LinkPut, NewLink, StoredLink } from '../store.js'

const none = z.strictObject({})
const params = z.strictObject({ id: name32 })
/** The last that a date can be. */
const latestMs = 8_640_000_000_000_000
const ms = z.int().min(0).max(latestMs)
const linkBody = z.strictObject({
  v: z.literal(1),
  flags: z.string().max(3),
  exp_ms: ms.nullable(),
  passcode: z.string().max(200).nullable(),
  max_wrong_passcodes: z.int(),
  files: z.array(
    z.strictObject({
      content_type: z.string().max(100),
      jwe: z.string(),
      updated_ms: ms,
      fhir_version: z
        .string()
        .regex(/^[\x20-\x7e]{1,20}$/)
        .nullable(),
    }),
  ),
})
type LinkBody = z.output<typeof linkBody>

const linkAnswer = z.strictObject({
  id: name32,
  flags: z.string(),
  exp_ms: ms.nullable(),
  made_ms: ms,
  ended_ms: ms.nullable(),
  wrong_passcodes: z.int(),
  max_wrong_passcodes: z.int(),
  opened: z.int(),
})

function shown(link: StoredLink): z.output<typeof linkAnswer> {
  const { id, flags, expMs, madeMs, endedMs, wrongPasscodes, maxWrongPasscodes, opened } = link
  return {
    id,
    flags,
    exp_ms: expMs,
    made_ms: madeMs,
    ended_ms: endedMs,
    wrong_passcodes: wrongPasscodes,
    max_wrong_passcodes: maxWrongPasscodes,
    opened,
  }
}

const putLink = operation({
  method: 'PUT',
  path: '/v1/links/{id}',
  summary: 'Make a SMART Health Link, or give other files to one that lives on',
  auth: 'device',
  codes: ['link/invalid', 'link/conflict', 'link/full', 'blob/quota', 'server/log', 'server/full'],
  params,
  query: none,
  body: jsonBody(linkBody, limits.linkBodyBytes),
  answer: { status: 200, json: linkAnswer },
  async run({ params: { id }, body, bytes, device }, clinic) {
    if (body === null) throw new Error('internal: a link without a body')
    const bodyHash = createHash('sha256').update(bytes).digest()
    const link = { ...linkOf(id, body), owner: who(device), bodyHash, nowMs: clinic.clock.nowMs() }
    return clinic.turns.take(`link ${id}`, () => make(clinic, link))
  },
})

function who(device: EnrolledDevice | null): string {
  if (device === null) throw new Error('internal: who has links signs')
  return device.kid
}

/** @throws ChartsealError `link/invalid`, `request/too-large` */
function linkOf(id: string, body: LinkBody): Omit<NewLink, 'owner' | 'bodyHash' | 'nowMs'> {
  const files = body.files.map(file => ({
    contentType: file.content_type,
    jwe: file.jwe,
    updatedMs: file.updated_ms,
    fhirVersion: file.fhir_version,
  }))
  const total = files.reduce((sum, { jwe }) => sum + jwe.length, 0)
  if (total > limits.linkBytes) throw requestError('request/too-large', { limitBytes: limits.linkBytes })
  const { flags, passcode, exp_ms: expMs, max_wrong_passcodes: maxWrongPasscodes } = body
  const link = { id, flags, expMs, passcode, maxWrongPasscodes, files }
  try {
    requireServable(link)
  } catch (error) {
    const isOfLink = error instanceof ChartsealError && error.code.startsWith('shl/')
    throw isOfLink ? requestError('link/invalid', {}) : error
  }
  return link
}

async function make(clinic: Clinic, link: NewLink): Promise<Answer> {
  const { store, log, writes, room } = clinic
  const { id, owner } = link
  const most = { links: limits.links, bytes: clinic.blocks?.bytesPerDevice ?? defaultBytesPerDevice }
  const verdict = await store.links.check(link, most)
  refuse(verdict)
  if (verdict === 'same') return json(shown(await requireOwn(clinic, id, owner)))
  await room.require()
  const recorded = await log.record({ act: 'link-made', by: owner, box: '', ids: [id], device: '' })
  const put = await writes.commit(async tables => {
    await requireLiving(tables, owner)
    const done = await tables.links.put(link, most)
    if (done === 'stored') await addOpening(tables, recorded, [owner])
    return done
  })
  refuse(put)
  return json(shown(await requireOwn(clinic, id, owner)))
}

/** @throws ChartsealError `link/…`, `blob/quota` */
function refuse(put: LinkPut): void {
  if (put === 'stored' || put === 'same') return
  throw requestError(put === 'quota' ? 'blob/quota' : `link/${put}`, {})
}

/** @throws ChartsealError `link/missing` */
async function requireOwn({ store }: Clinic, id: string, kid: string): Promise<StoredLink> {
  const found = await store.links.find(id)
  if (found === null || found.owner !== kid) throw requestError('link/missing', {})
  return found
}

const listLinks = operation({
  method: 'GET',
  path: '/v1/links',
  summary: 'Links of the device, those that have ended, too',
  auth: 'device',
  codes: [],
  params: none,
  query: z.strictObject({ after: name32.optional(), limit }),
  answer: { status: 200, json: z.strictObject({ links: z.array(linkAnswer), more: z.boolean() }) },
  async run({ query, device }, { store }) {
    const most = query.limit ?? defaultLimit
    const page = { limit: most, ...(query.after === undefined ? {} : { afterId: query.after }) }
    const links = (await store.links.ofOwner(who(device), page)).map(shown)
    return json({ links, more: links.length === most })
  },
})

const deleteLink = operation({
  method: 'DELETE',
  path: '/v1/links/{id}',
  summary: 'End a link for good: its files go',
  auth: 'device',
  codes: ['link/missing', 'server/log'],
  params,
  query: none,
  answer: { status: 204 },
  run: ({ params: { id }, device }, clinic) =>
    clinic.turns.take(`link ${id}`, async () => {
      const owner = who(device)
      if ((await clinic.store.links.find(id)) === null) return refuseLater(clinic, id, owner)
      const { endedMs } = await requireOwn(clinic, id, owner)
      if (endedMs !== null) return nothing
      const { log, writes, clock } = clinic
      const recorded = await log.record({ act: 'link-ended', by: owner, box: '', ids: [id], device: '' })
      await writes.commit(async tables => {
        if (await tables.links.end(id, clock.nowMs())) await addOpening(tables, recorded, [owner])
      })
      return nothing
    }),
})

/** A PUT may still be on its way; by then its signature is too old. */
const refusedMs = 3_600_000

/** @throws ChartsealError `request/too-many` */
async function refuseLater({ writes, clock }: Clinic, id: string, owner: string): Promise<Answer> {
  const refused = { id, owner, expiresMs: clock.nowMs() + refusedMs }
  const isTaken = await writes.commit(({ links }) => links.refuse(refused, limits.links))
  if (!isTaken) throw requestError('request/too-many', { retryMs: refusedMs })
  return nothing
}

const accessesAnswer = z.strictObject({
  accesses: z.array(
    z.strictObject({
      position: z.int(),
      at_ms: ms,
      kind: z.enum(['manifest', 'direct', 'file', 'wrong-passcode']),
      recipient: z.string(),
      file: z.int().nullable(),
      index: z.int(),
    }),
  ),
  more: z.boolean(),
})

const listAccesses = operation({
  method: 'GET',
  path: '/v1/links/{id}/accesses',
  summary: 'Who opened a link, and who tried a wrong passcode, in order',
  auth: 'device',
  codes: ['link/missing'],
  params,
  query: z.strictObject({ after, limit }),
  answer: { status: 200, json: accessesAnswer },
  async run({ params: { id }, query, device }, clinic) {
    await requireOwn(clinic, id, who(device))
    const most = query.limit ?? defaultLimit
    const found = await clinic.store.links.accesses(id, { after: query.after ?? 0, limit: most })
    const accesses = found.map(({ position, atMs, kind, recipient, file, leafIndex }) => {
      return { position, at_ms: atMs, kind, recipient, file, index: leafIndex }
    })
    return json({ accesses, more: accesses.length === most })
  },
})

export const links: readonly Operation[] = [listLinks, putLink, deleteLink, listAccesses]
