/** A node with Kubo's RPC API on loopback, over a map of blocks: it writes CIDs in other bases than we do. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportCar, importCar } from '@chartseal/ipfs-envelope/car'
import { blockLinks } from '@chartseal/ipfs-envelope/unixfs'
import { base36 } from 'multiformats/bases/base36'
import { base58btc } from 'multiformats/bases/base58'
import { CID } from 'multiformats/cid'
import { sha256 } from 'multiformats/hashes/sha2'
import { onTestFinished } from 'vitest'

export interface FakeNode {
  readonly url: string
  readonly blocks: Map<string, Uint8Array>
  readonly pins: Set<string>
  /** Path and query of each request, in order. */
  readonly asked: string[]
  readonly headers: IncomingMessage['headers'][]
}

type Answer = (url: URL, body: Buffer, response: ServerResponse) => void | Promise<void>

const codecs: Readonly<Record<string, number>> = { raw: 0x55, 'dag-pb': 0x70 }
const key = (cid: CID): string => cid.toV1().toString()
const refuse = (response: ServerResponse, message: string): void => {
  response.writeHead(500, { 'content-type': 'application/json' })
  response.end(JSON.stringify({ Message: message, Code: 0, Type: 'error' }))
}

/** Answers as Kubo does, but for the paths (`block/get` …) that `instead` has. */
export async function fakeNode(instead: Readonly<Record<string, Answer>> = {}): Promise<FakeNode> {
  const blocks = new Map<string, Uint8Array>()
  const pins = new Set<string>()
  const answers = { ...kubo(blocks, pins), ...instead }
  const asked: string[] = []
  const headers: IncomingMessage['headers'][] = []
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '', 'http://localhost')
    asked.push(`${request.method} ${url.pathname}${url.search}`)
    headers.push(request.headers)
    const answer = answers[url.pathname.replace('/api/v0/', '')]
    const body = await bodyOf(request)
    if (request.method !== 'POST' || answer === undefined) response.writeHead(405).end('405 - no\n')
    else await answer(url, body, response)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(async () => {
    server.closeAllConnections()
    await new Promise(resolve => server.close(resolve))
  })
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}`, blocks, pins, asked, headers }
}

const argument = (url: URL): CID => CID.parse(url.searchParams.get('arg') ?? '')
const missing = 'block was not found locally (offline): ipld: could not find it'

type Answers = Record<string, Answer>

const kubo = (blocks: Map<string, Uint8Array>, pins: Set<string>): Answers => ({
  ...blockAnswers(blocks),
  ...pinAnswers(blocks, pins),
  ...dagAnswers(blocks, pins),
})

function blockAnswers(blocks: Map<string, Uint8Array>): Answers {
  return {
    version: (_, __, response) => void response.end('{"Version":"0.0.0-fake","Commit":""}\n'),
    async 'block/put'(url, body, response) {
      const block = fileIn(body)
      const codec = codecs[url.searchParams.get('cid-codec') ?? 'raw'] ?? 0
      const cid = CID.createV1(codec, await sha256.digest(block))
      blocks.set(key(cid), block)
      response.end(JSON.stringify({ Key: cid.toString(base58btc), Size: block.length }))
    },
    'block/get'(url, _, response) {
      const block = blocks.get(key(argument(url)))
      if (block === undefined) refuse(response, missing)
      else response.end(block)
    },
    'block/stat'(url, _, response) {
      const cid = argument(url)
      const block = blocks.get(key(cid))
      if (block === undefined) refuse(response, missing)
      else response.end(JSON.stringify({ Key: cid.toV1().toString(base36), Size: block.length }))
    },
  }
}

function pinAnswers(blocks: Map<string, Uint8Array>, pins: Set<string>): Answers {
  return {
    'pin/add'(url, _, response) {
      const cid = argument(url)
      if ([...below(blocks, key(cid))].some(one => !blocks.has(one))) return refuse(response, missing)
      pins.add(key(cid))
      response.end(JSON.stringify({ Pins: [cid.toV1().toString(base36)] }))
    },
    'pin/rm'(url, _, response) {
      const cid = argument(url)
      if (pins.delete(key(cid))) response.end(JSON.stringify({ Pins: [cid.toString()] }))
      else refuse(response, 'not pinned or pinned indirectly')
    },
    'pin/ls'(url, _, response) {
      const wanted = url.searchParams.get('arg')
      const found = [...pins].filter(pin => wanted === null || pin === key(CID.parse(wanted)))
      if (wanted !== null && found.length === 0) return refuse(response, `path '${wanted}' is not pinned`)
      for (const pin of found)
        response.write(`${JSON.stringify({ Cid: CID.parse(pin).toString(base36), Type: 'recursive' })}\n`)
      response.end()
    },
    'repo/gc'(_, __, response) {
      const kept = new Set([...pins].flatMap(pin => [...below(blocks, pin)]))
      for (const name of [...blocks.keys()].filter(one => !kept.has(one))) {
        blocks.delete(name)
        response.write(`${JSON.stringify({ Key: { '/': name } })}\n`)
      }
      response.end()
    },
  }
}

function dagAnswers(blocks: Map<string, Uint8Array>, pins: Set<string>): Answers {
  return {
    async 'dag/import'(_, body, response) {
      const put = async (name: string, block: Uint8Array): Promise<void> =>
        void blocks.set(key(CID.parse(name)), block)
      const { roots } = await importCar(pieces(fileIn(body)), { put })
      for (const root of roots) {
        pins.add(key(CID.parse(root)))
        const cid = CID.parse(root).toV1().toString(base58btc)
        response.write(`${JSON.stringify({ Root: { Cid: { '/': cid }, PinErrorMsg: '' } })}\n`)
      }
      response.end(`${JSON.stringify({ Stats: { BlockCount: blocks.size, BlockBytesCount: 0 } })}\n`)
    },
    async 'dag/export'(url, _, response) {
      const get = async (name: string): Promise<Uint8Array | null> => blocks.get(key(CID.parse(name))) ?? null
      try {
        for await (const piece of exportCar({ get }, [argument(url).toString()])) response.write(piece)
        response.end()
      } catch {
        // Kubo tells it in a trailer, which fetch does not show, and ends the connection.
        response.destroy()
      }
    },
  }
}

function* below(blocks: Map<string, Uint8Array>, name: string): Generator<string> {
  yield name
  const block = blocks.get(name)
  if (block === undefined) return
  for (const link of blockLinks(name, block)) yield* below(blocks, key(CID.parse(link)))
}

async function* pieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

/** The one file of a form. */
function fileIn(body: Buffer): Uint8Array {
  const start = body.indexOf('\r\n\r\n') + 4
  const boundary = body.subarray(0, body.indexOf('\r\n'))
  return Uint8Array.from(body.subarray(start, body.lastIndexOf(boundary) - 2))
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part)
  return Buffer.concat(parts)
}
