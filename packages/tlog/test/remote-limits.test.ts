/** Everything that is read from somebody else, against servers that never finish, drip, or send without end. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { codeOf } from '@chartseal/testkit'
import { type FetchLike, httpSource, httpWitness } from '@chartseal/tlog'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

let sentBytes = 0
const piece = Buffer.alloc(2 ** 16, 0x61)

const server: Server = createServer((request, response) => {
  const kind = /(silent|drip|endless|huge)/.exec(request.url ?? '')?.[1]
  const send = (bytes: Buffer): boolean => {
    sentBytes += bytes.length
    return response.write(bytes)
  }
  const flood = (): void => {
    while (!response.destroyed && send(piece));
    response.once('drain', flood)
  }
  if (kind === 'silent') return
  response.writeHead(200, kind === 'huge' ? { 'content-length': 2 ** 40 } : {})
  if (kind === 'drip') {
    const timer = setInterval(() => send(Buffer.from('a')), 20)
    response.on('close', () => clearInterval(timer))
  } else flood()
})

beforeAll(() => new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve)))
afterAll(() => {
  server.closeAllConnections()
  server.close()
})

const prefix = (kind: string): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}/${kind}`
const limits = { limitBytes: 100_000, limitMs: 400 }

/** A `fetch` that looks at no signal and answers for ever. */
const careless: FetchLike = async url => ({
  status: 200,
  url,
  body: (async function* () {
    for (;;) {
      await new Promise(resolve => setTimeout(resolve, 5))
      yield Uint8Array.of(0x61)
    }
  })(),
})

const readers: readonly (readonly [string, (kind: string, fetch: FetchLike) => Promise<unknown>])[] = [
  ['a log', (kind, fetch) => httpSource(prefix(kind), fetch, limits).read('checkpoint')],
  ['a witness', (kind, fetch) => httpWitness(prefix(kind), fetch, limits)('old 0\n\n')],
]

describe.each(readers)('%s that is asked over HTTP', (_, read) => {
  it.each(['silent', 'drip'])('ends after its time when the answer is %s', async kind => {
    const start = performance.now()
    await expect(read(kind, fetch)).rejects.toThrow('no whole answer within 400 ms')
    expect(performance.now() - start).toBeLessThan(5_000)
  })

  it.each(['endless', 'huge'])('ends at its limit of bytes when the answer is %s', async kind => {
    sentBytes = 0
    await expect(read(kind, fetch)).rejects.toThrow('more than 100000 bytes')
    await new Promise(resolve => setTimeout(resolve, 50))
    expect(sentBytes).toBeLessThan(2 ** 26)
  })

  it('ends after its time when fetch takes no signal', async () => {
    await expect(read('careless', careless)).rejects.toThrow('no whole answer within 400 ms')
  })
})

it('says that the source failed, and not that the log is wrong', async () => {
  expect(await codeOf(() => httpSource(prefix('drip'), fetch, limits).read('checkpoint'))).toBe(
    'verify/unreadable',
  )
})
