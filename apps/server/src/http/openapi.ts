/** The document of the interface, made from the operations themselves. */
import { OpenAPIHono } from '@hono/zod-openapi'
import { z } from 'zod'
import type { Operation } from './operation.js'
import { type ProblemCode, problemCodes, problems } from './problems.js'

type Registered = Parameters<OpenAPIHono['openAPIRegistry']['registerPath']>[0]
type Document = ReturnType<OpenAPIHono['getOpenAPI31Document']>

const problem = z.strictObject({
  type: z.string(),
  status: z.int(),
  code: z.enum(problemCodes),
  title: z.string(),
  next: z.string(),
  request: z.string(),
  now_ms: z.int().optional(),
  retry_ms: z.int().optional(),
  limit_bytes: z.int().optional(),
  size_bytes: z.int().optional(),
  fields: z.array(z.string()).optional(),
})

/** Codes that every operation may give. */
const common: readonly ProblemCode[] = [
  'request/invalid',
  'request/too-large',
  'request/headers-too-large',
  'request/too-many',
  'server/fault',
  'server/store',
  'server/busy',
  'server/starting',
  'server/standby',
  'server/relay',
]
const withBody: readonly ProblemCode[] = ['request/media-type', 'request/too-slow', 'request/cut-off']
const withSignature: readonly ProblemCode[] = [
  'signature/malformed',
  'signature/stale',
  'signature/digest',
  'signature/wrong',
  'signature/unknown-key',
  'signature/replayed',
  'signature/too-many',
]

/** Every code that the operation may give. */
export function codesOf({ codes, auth, body }: Operation): readonly ProblemCode[] {
  const required: readonly ProblemCode[] = auth === 'sender' ? [] : ['signature/missing']
  const ended: readonly ProblemCode[] = auth === 'self' ? [] : ['device/ended']
  const signed = auth === 'open' ? [] : [...required, ...ended, ...withSignature]
  return [...new Set([...common, ...(body === null ? [] : withBody), ...signed, ...codes])]
}

export function openApiOf(operations: readonly Operation[], version: string): Document {
  const app = new OpenAPIHono()
  app.openAPIRegistry.registerComponent('securitySchemes', 'signature', {
    type: 'http',
    scheme: 'signature',
    description: 'RFC 9421, one form: docs/spec/clinic-api.md',
  })
  for (const operation of operations) app.openAPIRegistry.registerPath(documented(operation))
  return app.getOpenAPI31Document({
    openapi: '3.1.0',
    info: { title: 'Chartseal clinic', version, description: 'Opaque bytes between devices of one clinic.' },
  })
}

const methods = {
  GET: 'get',
  HEAD: 'head',
  PUT: 'put',
  POST: 'post',
  DELETE: 'delete',
  OPTIONS: 'options',
} as const

function documented(operation: Operation): Registered {
  const { method, path, summary, auth, params, query, body } = operation
  const security = auth === 'open' ? [] : [{ signature: [] }, ...(auth === 'sender' ? [{}] : [])]
  return {
    method: methods[method],
    path,
    summary,
    security,
    request: {
      params,
      query,
      ...(body === null
        ? {}
        : { body: { required: true, content: { [body.type]: { schema: body.schema } } } }),
    },
    responses: { ...others(operation), ...success(operation), ...refusals(operation) },
  }
}

function success({ answer, summary: description }: Operation): Registered['responses'] {
  if (!('json' in answer) && !('type' in answer)) return { [answer.status]: { description } }
  const content =
    'json' in answer
      ? { 'application/json': { schema: answer.json } }
      : { [answer.type]: { schema: z.string() } }
  return { [answer.status]: { description, content } }
}

function others({ others: all = {} }: Operation): Registered['responses'] {
  return Object.fromEntries(Object.entries(all).map(([status, description]) => [status, { description }]))
}

function refusals(operation: Operation): Registered['responses'] {
  const byStatus = new Map<number, string[]>()
  for (const code of codesOf(operation)) {
    const { status } = problems[code]
    byStatus.set(status, [...(byStatus.get(status) ?? []), code])
  }
  const content = { 'application/problem+json': { schema: problem } }
  return Object.fromEntries(
    [...byStatus].map(([status, codes]) => [status, { description: codes.join(', '), content }]),
  )
}
