/** Requests to open one record in an emergency: asked, decided, opened, closed, reviewed, and never forgotten. */
import { releasesFor } from '@chartseal/clinic/break-glass'
import { signatureError } from '@chartseal/clinic/signed-request'
import { encodeBase64Url } from '@chartseal/core/encoding'
import { z } from 'zod'
import { unlessBroken } from '../break-glass/broken.js'
import type { Kept } from '../break-glass/history.js'
import type { Given } from '../break-glass/keeper.js'
import { isWatcher } from '../break-glass/standing.js'
import type { Clinic } from '../clinic/clinic.js'
import { requestError } from '../errors.js'
import { type Answer, json } from '../http/answers.js'
import { breakGlassCodes } from '../http/break-glass-problems.js'
import { after, defaultLimit, kid, limit, limits, name16 } from '../http/names.js'
import { bytesBody, type Operation, operation } from '../http/operation.js'
import type { ProblemCode } from '../http/problems.js'
import {
  type BrokenRow,
  broken,
  requestAnswer,
  requestRow,
  shownRequest,
  wholeRequest,
} from './break-glass-answers.js'
import { whoActs } from './break-glass-sets.js'

const none = z.strictObject({})
const base64Url = z.string().regex(/^[A-Za-z0-9_-]*$/)
const path = '/v1/breakglass/{id}'
const id = z.strictObject({ id: name16 })
const byKid = z.strictObject({ id: name16, kid })
const taking: readonly ProblemCode[] = [
  ...breakGlassCodes,
  'emergency/missing',
  'emergency/broken',
  'signature/not-allowed',
  'server/log',
  'server/full',
]

/** What is signed, and becomes a part of a request. */
const statementRules = {
  method: 'PUT',
  auth: 'device',
  codes: taking,
  query: none,
  body: bytesBody(limits.breakGlassBytes, z.string().describe('a signed statement')),
  answer: { status: 200, json: requestAnswer },
} as const

const ask = operation({
  ...statementRules,
  path,
  summary: 'Ask for one record in an emergency',
  codes: [...taking, 'emergency/conflict', 'emergency/full'],
  params: id,
  async run({ params, bytes, device }, clinic) {
    return whole(clinic, await clinic.breakGlass.ask({ id: params.id, bytes, by: whoActs(device).kid }))
  },
})

async function whole(clinic: Clinic, kept: Kept): Promise<Answer> {
  return json(await wholeRequest(clinic, kept))
}

const listRequests = operation({
  method: 'GET',
  path: '/v1/breakglass',
  summary: 'Every request that the device may see, for ever; for officers and auditors all',
  auth: 'device',
  codes: [],
  params: none,
  query: z.strictObject({ after, limit }),
  answer: {
    status: 200,
    json: z.strictObject({ requests: z.array(requestRow), broken, more: z.boolean() }),
  },
  async run({ query, device }, clinic) {
    const { kid: own } = whoActs(device)
    const limit = query.limit ?? defaultLimit
    const seesAll = isWatcher(await clinic.breakGlass.rosters.standingOf(own))
    const page = { limit, after: query.after ?? 0, ...(seesAll ? {} : { party: own }) }
    const requests: z.output<typeof requestRow>[] = []
    const rows = await clinic.store.breakGlass.queue(page)
    const broken: BrokenRow[] = []
    for (const { id, position } of rows) {
      const kept = await unlessBroken(clinic.breakGlass.require(id))
      if (kept === null) broken.push({ id, position })
      else requests.push(await shownRequest(clinic, kept))
    }
    return json({ requests, broken, more: rows.length === limit })
  },
})

const getRequest = operation({
  method: 'GET',
  path,
  summary: 'A request with everything that came of it, and what proves that the log has it',
  auth: 'device',
  codes: ['emergency/missing', 'emergency/broken'],
  params: id,
  query: none,
  answer: { status: 200, json: requestAnswer },
  run: async ({ params, device }, clinic) =>
    whole(clinic, await requireSeen(clinic, params.id, whoActs(device).kid)),
})

/** @throws ChartsealError `emergency/missing` */
async function requireSeen(clinic: Clinic, request: string, own: string): Promise<Kept> {
  const kept = await clinic.breakGlass.require(request)
  const sees = await clinic.breakGlass.whoSees(request)
  if (!sees.includes(own)) throw requestError('emergency/missing', {})
  return kept
}

const vote = operation({
  ...statementRules,
  path: `${path}/votes/{kid}`,
  summary: 'A custodian releases a share or denies; an officer denies while the waiting time runs',
  params: byKid,
  async run({ params, bytes, device }, clinic) {
    requireOwn(params.kid, whoActs(device).kid)
    // A release comes in a list, with the share that it names.
    const kind = ((bytes[0] ?? 0) & 0xe0) === 0x80 ? 'release' : 'denial'
    return whole(clinic, await clinic.breakGlass.take(kind, { id: params.id, bytes, by: params.kid }))
  },
})

function requireOwn(named: string, own: string): void {
  if (named !== own) throw signatureError('signature/not-allowed', {})
}

const released = z.strictObject({ kid, share: base64Url })

const open = operation({
  ...statementRules,
  path: `${path}/open`,
  summary: 'Open the record: its entry is witnessed before the released shares leave',
  params: id,
  answer: { status: 200, json: z.strictObject({ ...requestAnswer.shape, shares: z.array(released) }) },
  async run({ params, bytes, device }, clinic) {
    const { kid: own } = whoActs(device)
    const kept = await clinic.breakGlass.open({ id: params.id, bytes, by: own })
    const given = releasesFor(kept.state, own, clinic.breakGlass.timeFor(kept))
    const hashes = new Set(given.map(({ hash }) => encodeBase64Url(hash)))
    const shares = kept.events.flatMap(({ row, share }) =>
      share !== null && hashes.has(row.hash) ? [{ kid: row.by, share: encodeBase64Url(share) }] : [],
    )
    return json({ ...(await wholeRequest(clinic, kept)), shares })
  },
})

const givenBy = (request: string, bytes: Uint8Array, by: string): Given => ({ id: request, bytes, by })

const close = operation({
  ...statementRules,
  path: `${path}/close`,
  summary: 'End the access early, or take a request back',
  params: id,
  run: async ({ params, bytes, device }, clinic) =>
    whole(clinic, await clinic.breakGlass.take('closed', givenBy(params.id, bytes, whoActs(device).kid))),
})

const review = operation({
  ...statementRules,
  path: `${path}/reviews/{kid}`,
  summary: 'An officer or an auditor says whether it was right',
  params: byKid,
  async run({ params, bytes, device }, clinic) {
    requireOwn(params.kid, whoActs(device).kid)
    return whole(clinic, await clinic.breakGlass.take('reviewed', givenBy(params.id, bytes, params.kid)))
  },
})

export const breakGlass: readonly Operation[] = [ask, listRequests, getRequest, vote, open, close, review]
