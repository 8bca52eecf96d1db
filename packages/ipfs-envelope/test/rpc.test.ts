/** What is asked of a node, word for word, and nodes that are slow, gone, wrong or hostile. */
import { createServer } from 'node:http'
import { bytesSource, exportCar, importCar, openCar } from '@chartseal/ipfs-envelope/car'
import { type Fetch, ipfsNode, nodeBlobStore, storeError } from '@chartseal/ipfs-envelope/rpc'
import { blobStore } from '@chartseal/ipfs-envelope/unixfs'
import { codeOf, codesRaised } from '@chartseal/testkit'
import { describe, expect, it } from 'vitest'
import { fakeNode } from './fake-node.js'
import { joined, mapBlocks } from './stores.js'

const raise = codesRaised(storeError, ['remote/forbidden-address', 'car/invalid', 'car/incomplete'])
const content = new Uint8Array(2_500_000).map((_, i) => Math.imul(i, 2_654_435_761) >>> 24)
const other = 'bafkreifjjcie6lypi6ny7amxnfftagclbuxndqonfipmb64f2km2devei4'

async function* pieces(...parts: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* parts
}

/** A blob in a map, with its CID. */
async function blob(): Promise<{ map: Map<string, Uint8Array>; cid: string }> {
  const map = new Map<string, Uint8Array>()
  return { map, cid: await blobStore(mapBlocks(map), { profile: 'chartseal-v2' }).put(content) }
}

/** A node that answers one command with a status and a body. */
async function answering(path: string, body: string, status = 200): Promise<ReturnType<typeof ipfsNode>> {
  const { url } = await fakeNode({ [path]: (_, __, response) => void response.writeHead(status).end(body) })
  return ipfsNode(url)
}

describe('a node', () => {
  it('is asked by POST, with cid-codec for a block, and pins a blob when all of it is there', async () => {
    const { url, asked, pins } = await fakeNode()
    const store = nodeBlobStore(ipfsNode(url), { profile: 'chartseal-v2' })
    const cid = await store.put(content)
    expect(asked.slice(0, -1).sort()).toEqual([
      'POST /api/v0/block/put?cid-codec=dag-pb',
      ...Array(3).fill('POST /api/v0/block/put?cid-codec=raw'),
    ])
    expect(asked.at(-1)).toBe(`POST /api/v0/pin/add?arg=${cid}`)
    expect([...pins]).toEqual([cid])
  })

  it('is asked offline, unless it may ask its network', async () => {
    const { url, asked } = await fakeNode()
    await nodeBlobStore(ipfsNode(url)).has(other)
    const node = ipfsNode(url)
    expect(await node.blockGet(other)).toBe(null)
    expect(await node.blockStat(other, { network: true })).toBe(null)
    expect(asked).toEqual([
      `POST /api/v0/pin/ls?arg=${other}&type=recursive&stream=true`,
      `POST /api/v0/block/get?arg=${other}&offline=true`,
      `POST /api/v0/block/stat?arg=${other}`,
    ])
  })

  it('is sent the authorization that it wants, and nowhere else', async () => {
    const { url, headers } = await fakeNode()
    await ipfsNode(url, { authorization: 'Bearer secret' }).version()
    await ipfsNode(`${url}/api/v0/`).version()
    expect(headers.map(({ authorization }) => authorization)).toEqual(['Bearer secret', undefined])
    const elsewhere = await fakeNode({
      version: (_, __, response) => void response.writeHead(307, { location: `${url}/api/v0/version` }).end(),
    })
    const sent = ipfsNode(elsewhere.url, { authorization: 'Bearer secret' }).version()
    expect(await codeOf(() => sent)).toBe('remote/unreachable')
    expect(headers.length).toBe(2)
  })

  it('keeps blobs until their pin and the garbage are taken away', async () => {
    const { url, blocks } = await fakeNode()
    const node = ipfsNode(url)
    const store = nodeBlobStore(node)
    const [kept, gone] = [await store.put(content), await store.put(content.subarray(1))]
    const pinned: string[] = []
    for await (const pin of node.pins()) pinned.push(pin)
    expect(pinned.sort()).toEqual([kept, gone].sort())
    await store.delete(gone)
    await store.delete(gone)
    expect([await store.has(gone), await store.has(kept)]).toEqual([false, true])
    expect(await joined(store.get(gone))).toEqual(content.slice(1))
    expect(await node.collectGarbage()).toBe(4)
    expect(await codeOf(() => joined(store.get(gone)))).toBe('envelope/blob-not-found')
    expect(await joined(store.get(kept))).toEqual(content)
    expect(blocks.size).toBe(4)
  })

  it('takes and gives CARs of any length', async () => {
    const { map, cid } = await blob()
    const { url, pins } = await fakeNode()
    const node = ipfsNode(url)
    expect(await node.dagImport(exportCar(mapBlocks(map), [cid]))).toEqual([cid])
    expect([...pins]).toEqual([cid])
    const back = new Map<string, Uint8Array>()
    expect(await importCar(node.dagExport(cid), mapBlocks(back))).toMatchObject({ roots: [cid], blocks: 4 })
    expect(new Map([...back].sort())).toEqual(new Map([...map].sort()))
    expect(await node.blockStat(cid)).toBe(map.get(cid)?.length)
  })

  it('says so when a CAR ends midway, though the status was 200', async () => {
    const { map, cid } = await blob()
    const { url, blocks } = await fakeNode()
    const node = ipfsNode(url)
    await node.dagImport(exportCar(mapBlocks(map), [cid]))
    const leaf = [...blocks.keys()].find(name => name !== cid) ?? ''
    blocks.delete(leaf)
    const attempt = importCar(node.dagExport(cid), mapBlocks(new Map()))
    expect(await codeOf(() => attempt)).toMatch(/^(remote\/unreachable|car\/i)/)
  })
})

describe('a node that fails', () => {
  it('is given up after a while, be it before or within its answer', async () => {
    const waiting = await fakeNode({ version: () => undefined })
    const slow = await fakeNode({ 'dag/export': (_, __, response) => void response.write('x') })
    await raise('remote/timeout', () => ipfsNode(waiting.url, { timeoutMs: 20 }).version())
    const car = ipfsNode(slow.url, { timeoutMs: 200 }).dagExport(other)
    await raise('remote/timeout', () => importCar(car, mapBlocks(new Map())))
  })

  it('is told apart from one that is not there', async () => {
    const server = createServer()
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    await new Promise(resolve => server.close(resolve))
    const port = typeof address === 'object' && address !== null ? address.port : 0
    await raise('remote/unreachable', () => ipfsNode(`http://127.0.0.1:${port}`).version())
    await raise('remote/refused', async () =>
      (await answering('version', '403 - Forbidden\n', 403)).version(),
    )
  })

  it('is quoted in one short line', async () => {
    const node = await answering('pin/add', JSON.stringify({ Message: `a\u0000\nb ${'x'.repeat(999)}` }), 500)
    await expect(node.pinAdd(other)).rejects.toMatchObject({
      code: 'remote/refused',
      context: { operation: 'pin/add', status: 500, reason: expect.stringMatching(/^a.{1,3}b x{100,156}$/) },
    })
  })

  it.each([
    ['dag/import', '{"Message":"not a car","Code":0,"Type":"error"}'],
    ['dag/import', `{"Root":{"Cid":{"/":"${other}"},"PinErrorMsg":"no space left"}}`],
    ['repo/gc', '{"Error":"could not remove it"}'],
    ['pin/ls', '{"Err":"the pinner is broken"}'],
  ])('is heard when it says no to %s inside a 200: %s', async (path, line) => {
    const node = await answering(path, `\n${line}\n`)
    const calls: Record<string, () => Promise<unknown>> = {
      'dag/import': () => node.dagImport(pieces(content)),
      'repo/gc': () => node.collectGarbage(),
      'pin/ls': () => node.isPinned(other),
    }
    await raise('remote/refused', calls[path] ?? (() => undefined))
  })

  it.each([
    ['version', '[]'],
    ['block/put', '{"Key":"bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku","Size":1}'],
    ['block/put', '{"Key":"what"}'],
    ['block/stat', '{"Key":"bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku","Size":12}'],
    ['block/stat', `{"Key":"${other}","Size":"12"}`],
    ['block/get', 'x'.repeat(2_097_153)],
    ['pin/add', '{"Pins":[]}'],
    ['pin/add', '{"Pins":["bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku"]}'],
    ['pin/ls', 'what'],
    ['pin/ls', '{"Cid":"what"}'],
    ['pin/ls', 'x'.repeat(1_048_577)],
    ['dag/import', '{"Stats":{"BlockCount":1}}'],
  ])('is refused when its answer to %s is %.30s', async (path, body) => {
    const node = await answering(path, body)
    const hello = new TextEncoder().encode('hello world\n')
    const calls: Record<string, () => Promise<unknown>> = {
      version: () => node.version(),
      'block/put': () => node.blockPut(other, hello),
      'block/stat': () => node.blockStat(other),
      'block/get': () => node.blockGet(other),
      'pin/add': () => node.pinAdd(other),
      'pin/ls': () => node.isPinned(other),
      'dag/import': () => node.dagImport(pieces(content)),
    }
    await raise('remote/bad-answer', calls[path] ?? (() => undefined))
  })

  it('does not tell an absent block from a failure by its status alone', async () => {
    const node = await answering('block/get', '{"Message":"the disk is on fire","Type":"error"}', 500)
    await raise('remote/refused', () => node.blockGet(other))
  })

  it('takes an answer in one object where it asked for lines, as older nodes give it', async () => {
    const node = await answering('pin/ls', JSON.stringify({ Keys: { [other]: { Type: 'recursive' } } }))
    expect(await node.isPinned(other)).toBe(true)
  })
})

describe('the caller', () => {
  it.each([
    'localhost:5001',
    'ftp://127.0.0.1',
    '/ip4/127.0.0.1/tcp/5001',
    'http://192.168.1.2:5001',
    'http://node.example:5001',
    'https://me:secret@node.example',
  ])('is refused the address %s', url => {
    expect(() => ipfsNode(url)).toThrow(RangeError)
  })

  it('may name a node elsewhere over HTTPS, and a path in front of it', async () => {
    const asked: string[] = []
    const fetch: Fetch = async url => {
      asked.push(url)
      return new Response('{"Version":"1"}')
    }
    expect(await ipfsNode('https://node.example/ipfs/', { fetch }).version()).toBe('1')
    expect(asked).toEqual(['https://node.example/ipfs/api/v0/version?'])
  })

  it('is refused a block under the CID of another, before anything is sent', async () => {
    const { url, asked } = await fakeNode()
    const node = ipfsNode(url)
    expect(await codeOf(() => node.blockPut(other, content))).toBe('envelope/cid-mismatch')
    expect(await codeOf(() => node.blockGet('../../version'))).toBe('envelope/bad-cid')
    expect(asked).toEqual([])
  })

  it('hears of its own stream that fails', async () => {
    const { url } = await fakeNode()
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield content
      throw new RangeError('the disk is gone')
    }
    await expect(ipfsNode(url).dagImport(broken())).rejects.toBeInstanceOf(Error)
  })
})

it('reads a CAR that a node exported, in part', async () => {
  const { map, cid } = await blob()
  const { url } = await fakeNode()
  const node = ipfsNode(url)
  await node.dagImport(exportCar(mapBlocks(map), [cid]))
  const car = await openCar(bytesSource(await joined(node.dagExport(cid))))
  expect(await (await car.range(cid)).read(1_500_000, 1_500_010)).toEqual(content.slice(1_500_000, 1_500_010))
})
