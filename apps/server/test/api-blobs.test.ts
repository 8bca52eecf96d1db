import { readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { systemRandom } from '@chartseal/core/system'
import { describe, expect, it } from 'vitest'
import { blockPath, holdingBlocks } from '../dist/clinic/blocks.js'
import { createListener, listen } from '../dist/listen.js'
import { name16, problemCode, testClinic } from './api-world.js'
import {
  blocksOf,
  brokenLog,
  leafBytes,
  listFor,
  pathOf,
  putAll,
  putGrants,
  reading,
  shared,
} from './records-world.js'

const hourMs = 3_600_000
const filesIn = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(name => name.startsWith('blocks/') && name.endsWith('.data'))
    .map(name => name.slice('blocks/'.length))

const statusOf = async (answer: Promise<Response>): Promise<readonly [number, string]> => {
  const done = await answer
  return [done.status, done.status < 400 ? '' : await problemCode(done)]
}

describe('blocks', () => {
  it('are kept under their CID, said to be there, and given whole or in part to who put them', async () => {
    const world = await testClinic()
    const { as, enrol, folder } = world
    const device = await enrol()
    const { root, blocks } = await blocksOf(systemRandom.bytes(leafBytes + 1))
    const [[leaf = '', bytes = new Uint8Array()] = []] = blocks
    expect((await as(device, 'HEAD', pathOf(leaf))).status).toBe(404)
    for (const [cid, block] of [...blocks, ...blocks]) {
      const answer = await as(device, 'PUT', pathOf(cid), block)
      expect([answer.status, (await answer.json()).size_bytes]).toEqual([200, block.length])
    }
    expect(filesIn(folder).length).toBe(blocks.size)
    expect(filesIn(folder)).toContain(blockPath(root))
    const head = await as(device, 'HEAD', pathOf(leaf))
    expect([head.status, head.headers.get('etag'), head.headers.get('content-length')]).toEqual([
      200,
      `"${leaf}"`,
      `${bytes.length}`,
    ])
    const whole = await as(device, 'GET', pathOf(leaf))
    expect(new Uint8Array(await whole.arrayBuffer())).toEqual(bytes)
    expect(whole.headers.get('accept-ranges')).toBe('bytes')
    for (const [range, start, end] of [
      ['bytes=0-0', 0, 1],
      ['bytes=100-299', 100, 300],
      [`bytes=${bytes.length - 5}-`, bytes.length - 5, bytes.length],
      ['bytes=-7', bytes.length - 7, bytes.length],
      [`bytes=10-${2 * bytes.length}`, 10, bytes.length],
    ] as const) {
      const part = await world.ask('GET', pathOf(leaf), {
        headers: { range, ...(await device.headers('GET', pathOf(leaf))) },
      })
      expect([part.status, part.headers.get('content-range')]).toEqual([
        206,
        `bytes ${start}-${end - 1}/${bytes.length}`,
      ])
      expect(new Uint8Array(await part.arrayBuffer())).toEqual(bytes.slice(start, end))
    }
    const get = async (headers: Record<string, string>) =>
      world.ask('GET', pathOf(leaf), {
        headers: { ...headers, ...(await device.headers('GET', pathOf(leaf))) },
      })
    const beyond = await get({ range: `bytes=${bytes.length}-` })
    expect([beyond.status, beyond.headers.get('content-range')]).toEqual([416, `bytes */${bytes.length}`])
    expect(await beyond.json()).toMatchObject({ code: 'blob/range', size_bytes: bytes.length })
    for (const odd of ['bytes=5-1', 'bytes=0-1,4-5', 'lines=1-2', 'bytes=-'])
      expect((await get({ range: odd })).status).toBe(200)
    expect((await get({ 'if-none-match': `"x", "${leaf}"` })).status).toBe(304)
    expect((await get({ 'if-none-match': '"x"' })).status).toBe(200)
  })

  it('are said over a socket to be as long as they are, and given from anywhere in them', async () => {
    const world = await testClinic()
    const device = await world.enrol()
    const { root, blocks } = await blocksOf(systemRandom.bytes(5_000))
    await putAll(world, device, blocks)
    const server = createListener((request, env) => world.app.fetch(request, env))
    const port = await listen(server, '127.0.0.1', 0)
    try {
      const send = async (method: string, more: Record<string, string> = {}) =>
        fetch(`http://127.0.0.1:${port}${pathOf(root)}`, {
          method,
          headers: { ...more, ...(await device.headers(method, pathOf(root))) },
        })
      const head = await send('HEAD')
      expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([200, '5000', ''])
      const part = await send('GET', { range: 'bytes=4990-' })
      expect([part.status, part.headers.get('content-length')]).toEqual([206, '10'])
      expect(new Uint8Array(await part.arrayBuffer())).toEqual(blocks.get(root)?.slice(4_990))
      expect((await send('GET', { 'if-none-match': `"${root}"` })).status).toBe(304)
    } finally {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    }
  })

  it('are looked for by signed requests of their own form alone', async () => {
    const { as, ask, enrol } = await testClinic()
    const device = await enrol()
    const { root } = await blocksOf(systemRandom.bytes(9))
    expect((await ask('HEAD', pathOf(root))).status).toBe(401)
    const ofGet = { ...(await device.headers('GET', pathOf(root))) }
    expect((await ask('HEAD', pathOf(root), { headers: ofGet })).status).toBe(401)
    expect((await as(device, 'HEAD', `${pathOf(root)}?x=1`)).status).toBe(400)
    expect((await as(device, 'HEAD', pathOf('x'))).status).toBe(400)
    expect((await as(device, 'HEAD', pathOf(root))).status).toBe(404)
  })

  it('are refused under a CID that is not theirs, and nodes that are none', async () => {
    const { as, enrol, folder, clinic } = await testClinic()
    const device = await enrol()
    const { root, blocks } = await blocksOf(systemRandom.bytes(leafBytes + 1))
    const [leaf = ''] = blocks.keys()
    const node = blocks.get(root) ?? new Uint8Array()
    expect(await statusOf(as(device, 'PUT', pathOf(leaf), node))).toEqual([400, 'blob/mismatch'])
    // The right bytes, as a node, of what is none.
    const raw = await blocksOf(systemRandom.bytes(10))
    const { twinOf } = await import('../dist/clinic/blocks.js')
    const bytes = raw.blocks.get(raw.root) ?? new Uint8Array()
    expect(await statusOf(as(device, 'PUT', pathOf(twinOf(raw.root)), bytes))).toEqual([400, 'blob/mismatch'])
    for (const cid of ['QmUbBALi174SnogsUzLpYbD4xPiBSFANF4iztWCsHbMKh2', `${leaf}a`, leaf.toUpperCase()])
      expect(await statusOf(as(device, 'PUT', pathOf(cid), node))).toEqual([400, 'request/invalid'])
    expect(await statusOf(as(device, 'PUT', pathOf(leaf), new Uint8Array(1_048_577)))).toEqual([
      413,
      'request/too-large',
    ])
    expect(filesIn(folder)).toEqual([])
    expect(await clinic.store.blobs.list({ limit: 9 })).toEqual([])
  })

  it('are as if they were not there for others, and for readers they are', async () => {
    const world = await testClinic()
    const { as, enrol, clock } = world
    const [owner, reader, other] = [await enrol('doctor'), await enrol(), await enrol()]
    const untilMs = clock.nowMs() + hourMs
    const { root, blocks } = await shared(world, owner, [reading(reader, { until_ms: untilMs })])
    for (const [cid, block] of blocks) {
      const given = await as(reader, 'GET', pathOf(cid))
      expect(new Uint8Array(await given.arrayBuffer())).toEqual(block)
      expect(await statusOf(as(other, 'GET', pathOf(cid)))).toEqual([404, 'blob/missing'])
      expect((await as(other, 'HEAD', pathOf(cid))).status).toBe(404)
    }
    clock.advance(hourMs)
    expect(await statusOf(as(reader, 'GET', pathOf(root)))).toEqual([404, 'blob/missing'])
    expect((await as(owner, 'GET', pathOf(root))).status).toBe(200)
  })

  it('go with their root for good, and no others', async () => {
    const world = await testClinic()
    const { as, enrol, folder, clinic } = world
    const [owner, reader] = [await enrol('doctor'), await enrol()]
    const { root, blocks } = await shared(world, owner, [reading(reader)])
    const kept = await shared(world, owner, null)
    const [[leaf = '', bytes = new Uint8Array()] = []] = blocks
    expect(await statusOf(as(owner, 'DELETE', pathOf(leaf)))).toEqual([409, 'blob/part'])
    expect(await statusOf(as(reader, 'DELETE', pathOf(root)))).toEqual([404, 'blob/missing'])
    const { size } = clinic.log
    for (let i = 0; i < 2; i++) expect((await as(owner, 'DELETE', pathOf(root))).status).toBe(204)
    expect(clinic.log.size).toBe(size + 1)
    for (const cid of blocks.keys()) {
      for (const device of [owner, reader])
        expect(await statusOf(as(device, 'GET', pathOf(cid)))).toEqual([410, 'blob/deleted'])
      expect((await as(owner, 'HEAD', pathOf(cid))).status).toBe(410)
    }
    expect(await statusOf(as(owner, 'PUT', pathOf(leaf), bytes))).toEqual([410, 'blob/deleted'])
    expect([...filesIn(folder)].sort()).toEqual([...kept.blocks.keys()].map(blockPath).sort())
    expect((await as(reader, 'GET', pathOf(kept.root))).status).toBe(200)
  })

  it('that two devices put go for the one that deletes them, and stay for the other', async () => {
    const world = await testClinic()
    const { as, enrol, folder } = world
    const [one, other] = [await enrol(), await enrol()]
    const { root, blocks } = await blocksOf(systemRandom.bytes(50))
    for (const device of [one, other]) await putAll(world, device, blocks)
    expect((await as(one, 'DELETE', pathOf(root))).status).toBe(204)
    expect(await statusOf(as(one, 'GET', pathOf(root)))).toEqual([410, 'blob/deleted'])
    expect((await as(other, 'GET', pathOf(root))).status).toBe(200)
    expect((await as(other, 'DELETE', pathOf(root))).status).toBe(204)
    expect(filesIn(folder)).toEqual([])
  })

  it('are so many bytes of one device, and there is room again when some are deleted', async () => {
    const world = await testClinic({ blockLimits: { bytesPerDevice: 100 } })
    const { as, enrol, folder } = world
    const [device, other] = [await enrol(), await enrol()]
    const [first, second] = [await blocksOf(systemRandom.bytes(60)), await blocksOf(systemRandom.bytes(60))]
    await putAll(world, device, first.blocks)
    await putAll(world, device, first.blocks)
    const refused = () => as(device, 'PUT', pathOf(second.root), second.blocks.get(second.root))
    expect(await statusOf(refused())).toEqual([507, 'blob/quota'])
    expect(filesIn(folder)).toEqual([blockPath(first.root)])
    await putAll(world, other, second.blocks)
    await as(device, 'DELETE', pathOf(first.root))
    expect((await refused()).status).toBe(200)
  })

  it('are forgotten a day later where no package names them, and can be put again', async () => {
    const world = await testClinic()
    const { as, enrol, clock, clinic, folder } = world
    const owner = await enrol()
    const named = await shared(world, owner, null)
    const unnamed = await blocksOf(systemRandom.bytes(leafBytes + 1))
    await putAll(world, owner, unnamed.blocks)
    clock.advance(24 * hourMs - 1)
    expect(await clinic.blocks?.forgetUnnamed()).toBe(0)
    clock.advance(1)
    expect(await clinic.blocks?.forgetUnnamed()).toBe(unnamed.blocks.size)
    expect([...filesIn(folder)].sort()).toEqual([...named.blocks.keys()].map(blockPath).sort())
    expect(await statusOf(as(owner, 'GET', pathOf(unnamed.root)))).toEqual([404, 'blob/missing'])
    await putAll(world, owner, unnamed.blocks)
    expect((await as(owner, 'GET', pathOf(unnamed.root))).status).toBe(200)
  })

  it('stay on the disk while a copy is made, and go after it', async () => {
    const world = await testClinic()
    const { as, enrol, clinic, folder } = world
    const owner = await enrol()
    const { root, blocks } = await blocksOf(systemRandom.bytes(50))
    await putAll(world, owner, blocks)
    const now = { nowMs: () => Date.now() }
    await holdingBlocks(join(folder, 'blocks'), { random: systemRandom, clock: now }, async () => {
      // The clock of a test stands still, that of the disk does not.
      for (const name of readdirSync(join(folder, 'blocks')).filter(one => one.startsWith('.held')))
        utimesSync(join(folder, 'blocks', name), world.clock.nowMs() / 1_000, world.clock.nowMs() / 1_000)
      expect((await as(owner, 'DELETE', pathOf(root))).status).toBe(204)
      expect(await statusOf(as(owner, 'GET', pathOf(root)))).toEqual([410, 'blob/deleted'])
      expect(filesIn(folder)).toEqual([blockPath(root)])
    })
    await clinic.blocks?.drop([])
    expect(filesIn(folder)).toEqual([])
  })

  it('leaves nothing on the disk of what a killed process had begun, and takes back what is lost', async () => {
    const world = await testClinic()
    const { as, enrol, clinic, folder } = world
    const owner = await enrol()
    const { root, blocks } = await shared(world, owner, null)
    const stray = await blocksOf(systemRandom.bytes(50))
    const strays = [blockPath(stray.root), `${blockPath(root)}.0123456789abcdef.tmp`]
    await clinic.blocks?.files.put(stray.root, stray.blocks.get(stray.root) ?? new Uint8Array())
    writeFileSync(join(folder, 'blocks', strays[1] ?? ''), 'half')
    expect(await clinic.blocks?.sweep()).toBe(0)
    for (const path of [...strays, ...[...blocks.keys()].map(blockPath)]) {
      // Of before this process, and no older.
      const old = world.clock.nowMs() / 1_000 - 1
      utimesSync(join(folder, 'blocks', path), old, old)
    }
    expect(await clinic.blocks?.sweep()).toBe(2)
    expect([...filesIn(folder)].sort()).toEqual([...blocks.keys()].map(blockPath).sort())
    rmSync(join(folder, 'blocks', blockPath(root)))
    expect((await as(owner, 'HEAD', pathOf(root))).status).toBe(404)
    await putAll(world, owner, blocks)
    expect((await as(owner, 'HEAD', pathOf(root))).status).toBe(200)
  })

  it('are not taken when the disk is nearly full, and those that are there are said to be', async () => {
    let freeBytes = 1_000
    const world = await testClinic({ room: { free: async () => freeBytes, floorBytes: 1_000 } })
    const { as, enrol, clock } = world
    const owner = await enrol()
    const { root, blocks } = await blocksOf(systemRandom.bytes(50))
    await putAll(world, owner, blocks)
    freeBytes = 999
    clock.advance(1_000)
    await putAll(world, owner, blocks)
    const more = await blocksOf(systemRandom.bytes(50))
    expect(await statusOf(as(owner, 'PUT', pathOf(more.root), more.blocks.get(more.root)))).toEqual([
      507,
      'server/full',
    ])
    expect((await as(owner, 'DELETE', pathOf(root))).status).toBe(204)
  })

  it('are not deleted when the log takes nothing', async () => {
    const world = await testClinic()
    const { as, enrol, clinic } = world
    const owner = await enrol()
    const { root } = await shared(world, owner, null)
    brokenLog(clinic)
    expect((await statusOf(as(owner, 'DELETE', pathOf(root))))[1]).toBe('server/log')
    expect((await as(owner, 'GET', pathOf(root))).status).toBe(200)
  })
})

describe('a clinic that keeps no blocks', () => {
  it('says so, and refuses blocks and grants', async () => {
    const world = await testClinic()
    const { as, ask, enrol } = world
    const owner = await enrol()
    const { root, blocks } = await blocksOf(systemRandom.bytes(50))
    const list = await listFor(owner, { id: name16(), payload: root })
    expect(await (await ask('GET', '/v1/clinic')).json()).toMatchObject({ blobs: true })
    Object.assign(world.clinic, { blocks: null })
    expect(await (await ask('GET', '/v1/clinic')).json()).toMatchObject({ blobs: false })
    expect(await statusOf(as(owner, 'PUT', pathOf(root), blocks.get(root)))).toEqual([501, 'blob/off'])
    expect(await statusOf(as(owner, 'GET', pathOf(root)))).toEqual([501, 'blob/off'])
    expect(await statusOf(as(owner, 'DELETE', pathOf(root)))).toEqual([501, 'blob/off'])
    expect(await statusOf(putGrants(world, owner, list, null))).toEqual([501, 'blob/off'])
  })
})
