/** Grant lists of packages: published by their owner, and given to whom the owner named, for a purpose that is logged. */
import { createHash } from 'node:crypto'
import { signatureError, thumbprintOf } from '@chartseal/clinic/signed-request'
import { encodeBase64Url } from '@chartseal/core/encoding'
import { ChartsealError } from '@chartseal/core/errors'
import { type GrantList, grantListCid, parseGrantList } from '@chartseal/ipfs-envelope'
import { z } from 'zod'
import { treeBelow } from '../clinic/block-tree.js'
import type { Clinic } from '../clinic/clinic.js'
import type { EnrolledDevice } from '../clinic/directory.js'
import { requireLiving } from '../clinic/end-device.js'
import { addOpening } from '../clinic/openings.js'
import { requestError } from '../errors.js'
import { type Answer, json, bytes as octets } from '../http/answers.js'
import { cid, count, kid, limits, name16, purpose } from '../http/names.js'
import { jsonBody, type Operation, operation } from '../http/operation.js'
import { hasTag } from '../http/range.js'
import type { GrantsPut, GrantsVersion, Reader, StoredPackage } from '../store.js'
import { requireBlocks } from './blobs.js'

const none = z.strictObject({})
const id = z.strictObject({ id: name16 })
export const untilMs = z.int().min(0).nullable()
const reader = z.strictObject({ kid, until_ms: untilMs, purposes: z.array(purpose).min(1).max(64) })
export const readers = z.array(reader).max(limits.readers).nullable()
const grantsBody = z.strictObject({
  v: z.literal(1),
  grants: z.string().regex(/^[A-Za-z0-9_-]+$/),
  readers,
})
type GrantsBody = z.output<typeof grantsBody>

const published = z.strictObject({ seq: z.int(), cid, stored_ms: z.int() })

const putGrants = operation({
  method: 'PUT',
  path: '/v1/packages/{id}/grants/{seq}',
  summary: 'The next grant list of a package, signed by its owner, and whom the server gives it to',
  auth: 'device',
  codes: [
    'package/invalid',
    'package/conflict',
    'package/gap',
    'package/owner',
    'package/payload',
    'signature/not-allowed',
    'blob/quota',
    'blob/off',
    'server/log',
    'server/full',
  ],
  params: z.strictObject({ id: name16, seq: count(1, Number.MAX_SAFE_INTEGER) }),
  query: none,
  body: jsonBody(grantsBody, limits.grantsBodyBytes),
  answer: { status: 200, json: published },
  admit: async (_params, clinic) => requireBlocks(clinic),
  async run({ params, body, bytes, device }, clinic) {
    if (body === null) throw new Error('internal: grants without a body')
    const version = versionOf(params, body, { owner: who(device), nowMs: clinic.clock.nowMs() })
    const bodyHash = createHash('sha256').update(bytes).digest()
    return clinic.turns.take(`package ${params.id}`, () => publish(clinic, { ...version, bodyHash }))
  },
})

function who(device: EnrolledDevice | null): string {
  if (device === null) throw new Error('internal: who has packages signs')
  return device.kid
}

/** What a request states, as far as that can be seen in it alone. */
function versionOf(
  { id: packageId, seq }: { readonly id: string; readonly seq: number },
  body: GrantsBody,
  { owner, nowMs }: { readonly owner: string; readonly nowMs: number },
): Omit<GrantsVersion, 'bodyHash'> {
  const list = listOf(body.grants)
  if (encodeBase64Url(list.packageId) !== packageId) throw requestError('request/invalid', { fields: ['id'] })
  if (list.seq !== BigInt(seq)) throw requestError('request/invalid', { fields: ['seq'] })
  if (thumbprintOf(list.owner) !== owner) throw signatureError('signature/not-allowed', {})
  return {
    package: packageId,
    seq,
    owner,
    listCid: grantListCid(list.bytes),
    previousCid: list.previousCid,
    version: list.version,
    payload: requireCid(list.payloadCid),
    notBeforeMs: list.notBeforeMs ?? 0,
    notAfterMs: list.notAfterMs,
    purposes: list.purposes,
    bytes: list.bytes,
    readers: readersOf(body, owner),
    blocks: [],
    nowMs,
  }
}

function listOf(text: string): GrantList {
  try {
    const bytes = bytesOf(text)
    if (bytes.length > limits.grantsBytes)
      throw requestError('request/too-large', { limitBytes: limits.grantsBytes })
    return parseGrantList(bytes)
  } catch (error) {
    const isOfList = error instanceof ChartsealError && error.code.startsWith('grants/')
    throw isOfList ? requestError('package/invalid', {}) : error
  }
}

/** By Node's own reader, as a list may have many megabytes; in the one spelling. @throws ChartsealError `package/invalid` */
function bytesOf(text: string): Uint8Array {
  const bytes = Buffer.from(text, 'base64url')
  if (bytes.toString('base64url') !== text) throw requestError('package/invalid', {})
  return bytes
}

/** Lists may name payloads that this server would not take. */
function requireCid(text: string): string {
  if (!cid.safeParse(text).success) throw requestError('package/payload', {})
  return text
}

function readersOf({ readers: given }: GrantsBody, owner: string): readonly Reader[] | null {
  const kids = new Set([owner, ...(given ?? []).map(one => one.kid)])
  if (given !== null && kids.size !== given.length + 1)
    throw requestError('request/invalid', { fields: ['readers'] })
  return (
    given?.map(one => ({ kid: one.kid, untilMs: one.until_ms, purposes: [...new Set(one.purposes)] })) ?? null
  )
}

async function publish(clinic: Clinic, stated: GrantsVersion): Promise<Answer> {
  const { store, log, writes, room } = clinic
  const { package: packageId, seq, owner, payload, listCid } = stated
  const { bytesPerDevice } = requireBlocks(clinic)
  const verdict = await store.packages.check(stated, bytesPerDevice)
  refuse(verdict)
  const storedMs = (await store.packages.storedMs(packageId, seq)) ?? stated.nowMs
  const done = json({ seq, cid: listCid, stored_ms: storedMs })
  if (verdict === 'same') return done
  await room.require()
  const latest = await store.packages.find(packageId)
  const version = latest?.payload === payload ? stated : { ...stated, blocks: await blocksOf(clinic, stated) }
  const ids = [packageId, `${seq}`, payload]
  const recorded = await log.record({ act: 'grants-published', by: owner, box: '', ids, device: '' })
  const put = await writes.commit(async tables => {
    await requireLiving(tables, owner)
    const verdictNow = await tables.packages.put(version, bytesPerDevice)
    if (verdictNow === 'stored') await addOpening(tables, recorded, [owner])
    return verdictNow
  })
  refuse(put)
  return done
}

/** Every block of a payload, all of them put by the owner. @throws ChartsealError `package/payload` */
async function blocksOf(clinic: Clinic, { payload, owner }: GrantsVersion): Promise<readonly string[]> {
  const { files } = requireBlocks(clinic)
  const { cids, isWhole } = await treeBelow(payload, files)
  const sizes = await clinic.store.blobs.heldSizes(owner, cids)
  const areThere = isWhole && sizes.size === cids.length && (await files.haveAll(sizes))
  // Whoever hears that it is published deletes its own copy.
  if (!areThere) throw requestError('package/payload', {})
  return cids
}

function refuse(put: GrantsPut): void {
  if (put === 'stored' || put === 'same') return
  throw requestError(put === 'full' ? 'blob/quota' : `package/${put}`, {})
}

const getGrants = operation({
  method: 'GET',
  path: '/v1/packages/{id}/grants/latest',
  summary: 'The newest grant list, for a purpose of use that is logged before it leaves',
  auth: 'device',
  codes: ['package/missing', 'package/not-now', 'package/purpose', 'server/log'],
  params: id,
  query: z.strictObject({ purpose }),
  answer: { status: 200, type: 'application/octet-stream' },
  others: { 304: 'it is the one that If-None-Match names' },
  async run({ params, query, device, header }, clinic) {
    const asker = who(device)
    const found = await requireGiven(clinic, params.id, asker, query.purpose)
    const headers = { etag: `"${found.listCid}"`, 'cache-control': 'private, no-cache' }
    if (hasTag(header('if-none-match'), headers.etag)) return { status: 304, headers, body: null }
    const { store, log, writes } = clinic
    const list = await store.packages.bytesOf(params.id)
    if (list === null) throw requestError('package/missing', {})
    const ids = [params.id, `${found.seq}`]
    const given = { act: 'grants-given', by: asker, box: '', ids, device: found.owner } as const
    const recorded = await log.record({ ...given, purpose: query.purpose })
    const parties = [...new Set([asker, found.owner])]
    await writes.commit(tables => addOpening(tables, recorded, parties))
    return octets(list, headers)
  },
})

/** The package, where the device may have its keys now and for this. @throws ChartsealError `package/…` */
async function requireGiven(
  { store, clock }: Clinic,
  packageId: string,
  asker: string,
  wanted: string,
): Promise<StoredPackage> {
  const found = await store.packages.find(packageId)
  if (found === null) throw requestError('package/missing', {})
  if (found.owner === asker) return found
  const one = await store.packages.readerOf(packageId, asker)
  if (one === null && !found.isOpen) throw requestError('package/missing', {})
  const nowMs = clock.nowMs()
  const untilMs = Math.min(
    one?.untilMs ?? Number.POSITIVE_INFINITY,
    (found.notAfterMs ?? Number.POSITIVE_INFINITY) + 1,
  )
  if (nowMs < found.notBeforeMs || nowMs >= untilMs) throw requestError('package/not-now', {})
  const isFor = (purposes: readonly string[]): boolean => purposes.includes(wanted)
  const isAllowed = found.purposes.length === 0 || isFor(found.purposes)
  if (!isAllowed || (one !== null && !isFor(one.purposes))) throw requestError('package/purpose', {})
  return found
}

export const grants: readonly Operation[] = [getGrants, putGrants]
