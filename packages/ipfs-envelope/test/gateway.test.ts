/** What is asked of a gateway, gateways that lie, and addresses that are not reached. */
import { lookup } from 'node:dns/promises'
import { hostname } from 'node:os'
import { importCar } from '@chartseal/ipfs-envelope/car'
import {
  type Connect,
  gatewayBlobs,
  gatewayBlocks,
  gatewayCar,
  guardedFetch,
  storeError,
} from '@chartseal/ipfs-envelope/gateway'
import { blobStore } from '@chartseal/ipfs-envelope/unixfs'
import { codeOf, codesRaised } from '@chartseal/testkit'
import { describe, expect, it } from 'vitest'
import { fakeGateway } from './fake-gateway.js'
import { joined, mapBlocks } from './stores.js'

const raise = codesRaised(
  storeError,
  storeError.codes.filter(code => code !== 'remote/forbidden-address' && code !== 'remote/refused'),
)
const content = new Uint8Array(2_500_000).map((_, i) => Math.imul(i, 2_654_435_761) >>> 24)
const onNode = process.env['CHARTSEAL_PLATFORM'] !== 'web'

async function blob(): Promise<{ map: Map<string, Uint8Array>; cid: string }> {
  const map = new Map<string, Uint8Array>()
  return { map, cid: await blobStore(mapBlocks(map)).put(content) }
}

describe('a gateway', () => {
  it('is asked for the blocks of a range only, raw', async () => {
    const { map, cid } = await blob()
    const { url, asked } = await fakeGateway(map)
    const range = await gatewayBlobs(`${url}/`).range(cid)
    expect(await range.read(5, 10)).toEqual(content.slice(5, 10))
    expect(asked.length).toBe(2)
    expect(asked[0]).toBe(`GET /ipfs/${cid}?format=raw`)
    expect(await gatewayBlobs(url).has(cid)).toBe(true)
    expect(asked.at(-1)).toBe(`HEAD /ipfs/${cid}?format=raw`)
  })

  it('gives all of a blob in one CAR, which is checked like any other', async () => {
    const { map, cid } = await blob()
    const { url, asked } = await fakeGateway(map)
    const copy = new Map<string, Uint8Array>()
    await importCar(gatewayCar(url, cid), mapBlocks(copy))
    expect(await joined(blobStore(mapBlocks(copy)).get(cid))).toEqual(content)
    expect(asked).toEqual([`GET /ipfs/${cid}?format=car`])
    map.clear()
    const absent = importCar(gatewayCar(url, cid), mapBlocks(copy))
    expect(await codeOf(() => absent)).toBe('envelope/blob-not-found')
  })

  it('is refused a block that is longer than blocks are', async () => {
    const { map, cid } = await blob()
    map.set(cid, new Uint8Array(2_097_153))
    const { url } = await fakeGateway(map)
    expect(await codeOf(() => gatewayBlocks(url).get(cid))).toBe('envelope/blob-too-large')
  })

  it.each([403, 451, 500, 504])(
    'that answers with status %i has not said that the block is absent',
    async status => {
      const { map, cid } = await blob()
      const { url } = await fakeGateway(map, (_, response) => {
        response.writeHead(status).end('no providers found')
        return true
      })
      await raise('remote/refused', () => gatewayBlocks(url).get(cid))
      await raise('remote/refused', () => gatewayBlocks(url).has(cid))
    },
  )

  it('that has taken a block away (410) has none', async () => {
    const { map, cid } = await blob()
    const { url } = await fakeGateway(map, (_, response) => {
      response.writeHead(410).end()
      return true
    })
    expect([await gatewayBlocks(url).get(cid), await gatewayBlocks(url).has(cid)]).toEqual([null, false])
  })

  it.each(['http://gateway.example', 'ipfs.io', 'ftp://localhost', 'http://10.0.0.1:8080'])(
    'is not sought at %s',
    url => {
      expect(() => gatewayBlocks(url)).toThrow(RangeError)
    },
  )

  it.each(['bafkqaclimvwgy3y', `bafkq${'a'.repeat(300)}`])(
    'is not asked for a CID that holds its bytes itself, however few: %.20s',
    async cid => {
      const { url, asked } = await fakeGateway(new Map())
      expect(await codeOf(() => gatewayBlocks(url).get(cid))).toMatch(/^envelope\/(unsupported|bad)-cid$/)
      expect(asked).toEqual([])
    },
  )
})

/** Answers as a script has it, and notes what it is asked. */
function scripted(...answers: readonly (readonly [status: number, location?: string])[]): {
  connect: Connect
  asked: string[]
} {
  const rest = [...answers]
  const asked: string[] = []
  const connect: Connect = async url => {
    asked.push(url)
    const [status = 200, location] = rest.shift() ?? []
    return new Response(null, { status, headers: location === undefined ? {} : { location } })
  }
  return { connect, asked }
}

const { signal } = new AbortController()

describe('a guarded fetch', () => {
  it.each([
    'http://gateway.example/',
    'ftp://gateway.example/',
    'https://10.1.2.3/',
    'https://192.168.0.1/',
    'https://169.254.169.254/latest/meta-data/',
    'https://0xa.1/',
    'https://167772161/',
    'https://[fd00::1]/',
    'https://[::ffff:10.0.0.1]/',
    'https://[fe80::1]/',
    'https://me:secret@gateway.example/',
  ])('does not reach %s', async url => {
    const { connect, asked } = scripted([200])
    await raise('remote/forbidden-address', () => guardedFetch(connect)(url, { method: 'GET', signal }))
    expect(asked).toEqual([])
  })

  it.each([
    'http://gateway.example/',
    'https://127.0.0.1/',
    'https://localhost/',
    'https://[::1]/',
    'https://172.16.0.1/',
    'http://localhost:5001/api/v0/repo/gc',
    'file:///etc/passwd',
    'https://[',
  ])('does not follow a redirect to %s', async location => {
    const { connect, asked } = scripted([302, location])
    await raise('remote/forbidden-address', () =>
      guardedFetch(connect)('https://gateway.example/ipfs', { method: 'GET', signal }),
    )
    expect(asked).toEqual(['https://gateway.example/ipfs'])
  })

  it('follows a redirect to another public address, and one that is relative, five times', async () => {
    const { connect, asked } = scripted([301, 'https://other.example/a'], [302, 'b'], [307, '/c'], [200])
    const answer = await guardedFetch(connect)('https://gateway.example/', { method: 'GET', signal })
    expect([answer.status, ...asked]).toEqual([
      200,
      'https://gateway.example/',
      'https://other.example/a',
      'https://other.example/b',
      'https://other.example/c',
    ])
    const endless = scripted(...Array(9).fill([302, '/again']))
    await raise('remote/forbidden-address', () =>
      guardedFetch(endless.connect)('https://gateway.example/', { method: 'GET', signal }),
    )
    expect(endless.asked.length).toBe(6)
  })

  it('does not lose what is sent by a redirect, and leaves this machine by none', async () => {
    const post = scripted([302, '/elsewhere'])
    await raise('remote/forbidden-address', () =>
      guardedFetch(post.connect)('https://gateway.example/', { method: 'POST', body: 'x', signal }),
    )
    const away = scripted([302, 'https://gateway.example/'])
    await raise('remote/forbidden-address', () =>
      guardedFetch(away.connect)('http://127.0.0.1:8080/', { method: 'GET', signal }),
    )
  })

  it('asks for each address before it sends anything there', async () => {
    const seen: boolean[] = []
    const connect: Connect = async (_, __, mayReach) => {
      seen.push(...['1.1.1.1', '10.0.0.1', '127.0.0.1', '::1', '2606:4700::1'].map(mayReach))
      return new Response(null)
    }
    await guardedFetch(connect)('https://gateway.example/', { method: 'GET', signal })
    await guardedFetch(connect)('http://localhost:1/', { method: 'GET', signal })
    expect(seen).toEqual([true, false, false, false, true, false, false, true, true, false])
  })

  it('does not reach the name of this machine, wherever it leads', async () => {
    const found = await lookup(hostname()).catch(() => null)
    // A browser resolves the name itself, and finds no certificate there.
    const code = onNode && found !== null ? 'remote/forbidden-address' : 'remote/unreachable'
    const { url, asked } = await fakeGateway(new Map())
    const name = url.replace('http://127.0.0.1', `https://${hostname()}`)
    expect(await codeOf(() => guardedFetch()(name, { method: 'GET', signal }))).toBe(code)
    expect(asked).toEqual([])
  })

  it('ends with its signal', async () => {
    const { url } = await fakeGateway(new Map(), () => true)
    const ended = AbortSignal.timeout(30)
    await expect(guardedFetch()(`${url}/ipfs/x`, { method: 'GET', signal: ended })).rejects.toBeInstanceOf(
      Error,
    )
  })
})
