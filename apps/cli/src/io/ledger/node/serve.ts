/** A node of one's own over HTTP: below `/v1/ledger` as the server of a clinic, and no devices. */
import type { IncomingMessage } from 'node:http'
import { encodeBase64Url } from '@chartseal/core/encoding'
import { ChartsealError } from '@chartseal/core/errors'
import { type Answer, toJsonText } from '@chartseal/core/json'
import { decodeRecord } from '@chartseal/emr-ledger'
import type { Answered, Handler } from '../../http.js'
import { handIn, readNode, type ServedNode } from './api.js'

const mostRecordBytes = 589_824
const prefix = '/v1/ledger'

export function nodeHandler(served: ServedNode): Handler {
  return async (request, path) => {
    try {
      return await answerTo(served, request, path)
    } catch (error) {
      if (error instanceof ChartsealError) return problem(error)
      throw error
    }
  }
}

async function answerTo(served: ServedNode, request: IncomingMessage, path: string): Promise<Answered> {
  const { method = 'GET', url = '/' } = request
  // What a device signs a request for; nobody checks it here.
  if (path === '/v1/clinic') return json({ origin: `http://${request.headers.host ?? 'localhost'}` })
  if (!path.startsWith(prefix)) return missing
  if (method === 'PUT') return json(await taken(served, request, path))
  if (method !== 'GET' && method !== 'HEAD') return { status: 405, headers: {}, body: 'no such method\n' }
  const { search } = new URL(url, 'http://localhost')
  const answer = await readNode(served, `${path.slice(prefix.length)}${search}`)
  if (!(answer instanceof Uint8Array)) return json(answer)
  return { status: 200, headers: { 'content-type': 'application/octet-stream' }, body: answer }
}

/** @throws ChartsealError `ledger/…`, `ledger-node/missing` where its name is another */
async function taken(served: ServedNode, request: IncomingMessage, path: string): Promise<Answer> {
  const bytes = await bodyBytes(request)
  const txid = encodeBase64Url(decodeRecord(bytes).txid)
  if (path !== `${prefix}/records/${txid}`)
    throw new ChartsealError('ledger-node/missing', 'The record has another name.', {})
  return handIn(served, bytes)
}

async function bodyBytes(request: IncomingMessage): Promise<Uint8Array> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request) {
    size += chunk.length
    if (size > mostRecordBytes) throw new RangeError('the record is too long')
    chunks.push(chunk)
  }
  return Uint8Array.from(Buffer.concat(chunks))
}

const missing: Answered = { status: 404, headers: {}, body: 'there is nothing here\n' }

function json(answer: Answer): Answered {
  return { status: 200, headers: { 'content-type': 'application/json' }, body: toJsonText(answer) }
}

function problem({ code, message }: ChartsealError): Answered {
  const status = code.startsWith('ledger-node/') ? 404 : 409
  const body = toJsonText({ status, code, title: message })
  return { status, headers: { 'content-type': 'application/problem+json' }, body }
}
