/** Packages of a device: those that it owns, and those that it may read. */
import { z } from 'zod'
import type { EnrolledDevice } from '../clinic/directory.js'
import { requestError } from '../errors.js'
import { json } from '../http/answers.js'
import { cid, defaultLimit, kid, limit, name16 } from '../http/names.js'
import { type Operation, operation } from '../http/operation.js'
import type { Reader, StoredPackage } from '../store.js'
import { readers, untilMs } from './grants.js'

const none = z.strictObject({})

function who(device: EnrolledDevice | null): string {
  if (device === null) throw new Error('internal: who has packages signs')
  return device.kid
}

const listed = z.strictObject({
  id: name16,
  owner: kid,
  seq: z.int(),
  cid,
  version: z.int(),
  updated_ms: z.int(),
  until_ms: untilMs,
  purposes: z.array(z.string()).nullable(),
})

function shown(found: StoredPackage, one: Reader | null): z.output<typeof listed> {
  const { id: packageId, owner, seq, listCid, version, updatedMs } = found
  const policy = { until_ms: one?.untilMs ?? null, purposes: one === null ? null : [...one.purposes] }
  return { id: packageId, owner, seq, cid: listCid, version, updated_ms: updatedMs, ...policy }
}

const listPackages = operation({
  method: 'GET',
  path: '/v1/packages',
  summary: 'Packages that the device owns, and those whose grants it may read now',
  auth: 'device',
  codes: [],
  params: none,
  query: z.strictObject({ after: name16.optional(), limit }),
  answer: { status: 200, json: z.strictObject({ packages: z.array(listed), more: z.boolean() }) },
  async run({ query, device }, { store, clock }) {
    const most = query.limit ?? defaultLimit
    const page = { limit: most, ...(query.after === undefined ? {} : { afterId: query.after }) }
    const found = await store.packages.ofDevice(who(device), clock.nowMs(), page)
    const packages = found.map(one => shown(one.found, one.reader))
    return json({ packages, more: packages.length === most })
  },
})

const getPackage = operation({
  method: 'GET',
  path: '/v1/packages/{id}',
  summary: 'A package with its payload and its readers, for its owner',
  auth: 'device',
  codes: ['package/missing'],
  params: z.strictObject({ id: name16 }),
  query: none,
  answer: { status: 200, json: z.strictObject({ ...listed.shape, payload: cid, readers }) },
  async run({ params, device }, { store }) {
    const found = await store.packages.find(params.id)
    if (found === null || found.owner !== who(device)) throw requestError('package/missing', {})
    const all = await store.packages.readersOf(params.id)
    const given = all.map(one => ({ kid: one.kid, until_ms: one.untilMs, purposes: [...one.purposes] }))
    return json({
      ...shown(found, null),
      payload: found.payload,
      readers: found.isOpen ? null : given,
    })
  },
})

export const packages: readonly Operation[] = [listPackages, getPackage]
