/** What is made ahead of an emergency: keys that custodians are given shares for, and sets of shares. */
import { breakGlassError, parseCustodyKey, type Standing } from '@chartseal/clinic/break-glass'
import { signatureError } from '@chartseal/clinic/signed-request'
import { encodeBase64Url } from '@chartseal/core/encoding'
import { z } from 'zod'
import { unlessBroken } from '../break-glass/broken.js'
import { isWatcher } from '../break-glass/standing.js'
import type { Clinic } from '../clinic/clinic.js'
import type { EnrolledDevice } from '../clinic/directory.js'
import { requestError } from '../errors.js'
import { json } from '../http/answers.js'
import { breakGlassCodes } from '../http/break-glass-problems.js'
import { after, defaultLimit, kid, limit, limits, name16 } from '../http/names.js'
import { bytesBody, type Operation, operation } from '../http/operation.js'
import type { StoredEmergencySet } from '../store.js'
import { broken, minutesOf, setRow, shownSet } from './break-glass-answers.js'

const none = z.strictObject({})
const base64Url = z.string().regex(/^[A-Za-z0-9_-]*$/)
const statement = bytesBody(limits.breakGlassBytes, z.string().describe('a signed statement'))
const setsPath = '/v1/breakglass/sets'

export function whoActs(device: EnrolledDevice | null): EnrolledDevice {
  if (device === null) throw new Error('internal: who takes part in break-glass signs')
  return device
}

const putKey = operation({
  method: 'PUT',
  path: '/v1/breakglass/keys/{kid}',
  summary: 'The key that shares of a custodian are sealed to, signed by the custodian',
  auth: 'device',
  codes: [
    'break-glass/invalid',
    'break-glass/bad-signature',
    'break-glass/other-clinic',
    'emergency/conflict',
    'signature/not-allowed',
  ],
  params: z.strictObject({ kid }),
  query: none,
  body: statement,
  answer: { status: 200, json: z.strictObject({ kid, at_ms: z.int() }) },
  async run({ params, bytes, device }, { writes, origin, clock }) {
    const { kid: own, role } = whoActs(device)
    const { content, by } = parseCustodyKey(bytes)
    if (content.origin !== origin) throw breakGlassError('break-glass/other-clinic', { what: content.kind })
    if (by !== own || params.kid !== own || role === 'patient')
      throw signatureError('signature/not-allowed', {})
    const { atMs } = content
    const card = { kid: own, atMs, bytes, nowMs: clock.nowMs() }
    const put = await writes.commit(tables => tables.breakGlass.putCard(card))
    if (put === 'conflict') throw requestError('emergency/conflict', {})
    return json({ kid: own, at_ms: atMs })
  },
})

const listKeys = operation({
  method: 'GET',
  path: '/v1/breakglass/keys',
  summary: 'Keys of those who can be custodians',
  auth: 'device',
  codes: [],
  params: none,
  query: z.strictObject({ after: kid.optional(), limit }),
  answer: {
    status: 200,
    json: z.strictObject({
      keys: z.array(z.strictObject({ kid, role: z.string(), key: base64Url, stored_ms: z.int() })),
      more: z.boolean(),
    }),
  },
  async run({ query }, { store }) {
    const most = query.limit ?? defaultLimit
    const page = { limit: most, ...(query.after === undefined ? {} : { afterKid: query.after }) }
    const found = await store.breakGlass.cards(page)
    const keys = found.map(card => ({
      kid: card.kid,
      role: card.role,
      key: encodeBase64Url(card.bytes),
      stored_ms: card.nowMs,
    }))
    return json({ keys, more: keys.length === most })
  },
})

const putSet = operation({
  method: 'PUT',
  path: `${setsPath}/{id}`,
  summary: 'An emergency set: with it custodians together open one version of one record',
  auth: 'device',
  codes: [
    ...breakGlassCodes,
    'emergency/conflict',
    'emergency/full',
    'signature/not-allowed',
    'server/log',
    'server/full',
  ],
  params: z.strictObject({ id: name16 }),
  query: none,
  body: statement,
  answer: { status: 200, json: setRow },
  async run({ params: { id }, bytes, device }, clinic) {
    await clinic.breakGlass.putSet({ id, bytes, by: whoActs(device).kid })
    const set = await clinic.store.breakGlass.findSet(id)
    if (set === null) throw new Error('internal: a set that was put is not there')
    return json(await shownSet(clinic, set))
  },
})

const drill = z.strictObject({ set: name16, at_ms: z.int(), minutes_to_open: z.number() })

const listSets = operation({
  method: 'GET',
  path: setsPath,
  summary: 'Emergency sets that concern the device; for doctors, officers and auditors all',
  auth: 'device',
  codes: [],
  params: none,
  query: z.strictObject({ after, limit }),
  answer: {
    status: 200,
    json: z.strictObject({ sets: z.array(setRow), broken, more: z.boolean(), last_drill: drill.nullable() }),
  },
  async run({ query, device }, clinic) {
    const { kid: own } = whoActs(device)
    const limit = query.limit ?? defaultLimit
    const seesAll = maySeeAll(await clinic.breakGlass.rosters.standingOf(own))
    const page = { limit, after: query.after ?? 0, ...(seesAll ? {} : { party: own }) }
    const found = await clinic.store.breakGlass.sets(page)
    const shown = await Promise.all(found.map(set => unlessBroken(shownSet(clinic, set))))
    const sets = shown.flatMap(set => set ?? [])
    const broken = found.flatMap(({ id, position }, at) => (shown[at] === null ? [{ id, position }] : []))
    return json({ sets, broken, more: found.length === limit, last_drill: await lastDrill(clinic) })
  },
})

/** Whoever may ask must find what can be asked for. */
const maySeeAll = (standing: Standing): boolean => standing.role === 'doctor' || isWatcher(standing)

async function lastDrill(
  clinic: Pick<Clinic, 'store' | 'breakGlass'>,
): Promise<z.output<typeof drill> | null> {
  const last = await clinic.store.breakGlass.lastDrill()
  if (last === null) return null
  const kept = await unlessBroken(clinic.breakGlass.require(last.id))
  const minutes = kept === null ? null : minutesOf(kept)
  return minutes === null ? null : { set: last.set, ...minutes }
}

const getSet = operation({
  method: 'GET',
  path: `${setsPath}/{id}`,
  summary: 'An emergency set, with the sealed share of the device',
  auth: 'device',
  codes: ['emergency/missing', 'emergency/broken'],
  params: z.strictObject({ id: name16 }),
  query: none,
  answer: { status: 200, json: z.strictObject({ ...setRow.shape, share: base64Url.nullable() }) },
  async run({ params: { id }, device }, clinic) {
    const { kid: own } = whoActs(device)
    const set = await clinic.store.breakGlass.findSet(id)
    if (set === null || !(await maySeeSet(clinic, set, own))) throw requestError('emergency/missing', {})
    const {
      statement: { content },
      shares,
    } = clinic.breakGlass.parcelOf(set)
    const share = shares[content.custodians.findIndex(custodian => custodian.kid === own)]
    return json({
      ...(await shownSet(clinic, set)),
      share: share === undefined ? null : encodeBase64Url(share),
    })
  },
})

async function maySeeSet({ breakGlass }: Clinic, set: StoredEmergencySet, own: string): Promise<boolean> {
  if (set.owner === own || set.patient === own) return true
  const { custodians } = breakGlass.parcelOf(set).statement.content
  return custodians.some(one => one.kid === own) || maySeeAll(await breakGlass.rosters.standingOf(own))
}

export const emergencySets: readonly Operation[] = [putKey, listKeys, putSet, listSets, getSet]
