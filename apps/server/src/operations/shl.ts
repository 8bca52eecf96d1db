/** SMART Health Links for whoever has one: the rules are those of HL7, and their answers are sent as they are. */
import { decodeUtf8 } from '@chartseal/core/encoding'
import { ChartsealError } from '@chartseal/core/errors'
import { answerShl, maxManifestRequestBytes, type ShlRequest } from '@chartseal/ipfs-envelope/shl'
import { z } from 'zod'
import type { Clinic } from '../clinic/clinic.js'
import { shlStoreOf } from '../clinic/shl-store.js'
import { requestError } from '../errors.js'
import type { Answer } from '../http/answers.js'
import { type BodyRule, type Operation, operation } from '../http/operation.js'

/** Whatever stands there: that it is none is for the rules to say. */
const name = z.string().max(128)
const link = z.strictObject({ id: name })
const ticket = z.strictObject({ id: name, ticket: name })
const paths = { link: '/shl/{id}', file: '/shl/{id}/files/{ticket}' } as const
/** Guessing a passcode, and stretching it here, is what others would come for. */
const cost = 5
const gone = 'there is no such link, it has ended or is used up'

const requestBody: BodyRule<string> = {
  type: 'application/json',
  maxBytes: maxManifestRequestBytes,
  schema: z.object({
    recipient: z.string(),
    passcode: z.string().optional(),
    embeddedLengthMax: z.int().optional(),
  }),
  parse(bytes) {
    try {
      return decodeUtf8(bytes)
    } catch (error) {
      if (error instanceof ChartsealError) throw requestError('request/invalid', { fields: ['$'] })
      throw error
    }
  },
}

async function answerBy(
  clinic: Clinic,
  request: Partial<ShlRequest> & { readonly linkId: string },
): Promise<Answer> {
  const { origin, clock, random, linkRate, room } = clinic
  if ((request.ticket ?? null) === null) linkRate.take(request.linkId, clock.nowMs())
  else linkRate.takeFile(request.linkId, clock.nowMs())
  // Whatever is given out, and each wrong passcode, stays in the log.
  if (request.method !== 'OPTIONS') await room.require()
  const store = shlStoreOf(clinic)
  const server = { store, nowMs: clock.nowMs(), random, url: (id: string) => `${origin}/shl/${id}` }
  const all = { method: 'GET', ticket: null, recipient: null, body: null, ...request }
  const { status, headers, body } = await answerShl(server, all)
  return { status, headers, body: status === 204 ? null : body }
}

const postManifest = operation({
  method: 'POST',
  path: paths.link,
  summary: 'The manifest of a SMART Health Link (HL7 STU 1)',
  auth: 'open',
  cost,
  codes: ['server/log', 'server/full'],
  params: link,
  query: z.object({}),
  body: requestBody,
  answer: { status: 200, type: 'application/json' },
  others: { 401: 'the passcode is wrong: remainingAttempts', 404: gone, 405: 'it is a link with the flag U' },
  run: ({ params: { id }, body }, clinic) => answerBy(clinic, { method: 'POST', linkId: id, body }),
})

const getDirect = operation({
  method: 'GET',
  path: paths.link,
  summary: 'The one file of a SMART Health Link with the flag U',
  auth: 'open',
  cost,
  codes: ['server/log', 'server/full'],
  params: link,
  query: z.object({ recipient: z.string().optional() }),
  answer: { status: 200, type: 'application/jose' },
  others: { 404: gone, 405: 'it is a link without the flag U' },
  run: ({ params: { id }, query }, clinic) =>
    answerBy(clinic, { linkId: id, recipient: query.recipient ?? null }),
})

const getFile = operation({
  method: 'GET',
  path: paths.file,
  summary: 'A file that a manifest gave an address for, once',
  auth: 'open',
  codes: ['server/log', 'server/full'],
  params: ticket,
  query: z.object({}),
  answer: { status: 200, type: 'application/jose' },
  others: { 404: gone },
  run: ({ params }, clinic) => answerBy(clinic, { linkId: params.id, ticket: params.ticket }),
})

function preflight(path: string, params: z.ZodObject): Operation {
  return operation({
    method: 'OPTIONS',
    path,
    summary: 'What pages of other origins may ask',
    auth: 'open',
    codes: [],
    params,
    query: z.object({}),
    answer: { status: 204 },
    run: (_call, clinic) => answerBy(clinic, { method: 'OPTIONS', linkId: '' }),
  })
}

export const healthLinks: readonly Operation[] = [
  postManifest,
  getDirect,
  getFile,
  preflight(paths.link, link),
  preflight(paths.file, ticket),
]
