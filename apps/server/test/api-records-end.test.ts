import { existsSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { systemRandom } from '@chartseal/core/system'
import { fixedClock } from '@chartseal/testkit'
import { describe, expect, it, vi } from 'vitest'
import { blockPath } from '../dist/clinic/blocks.js'
import { startChores } from '../dist/commands/chores.js'
import { closeAllPackages } from '../dist/store/tables/closing.js'
import { asJson, name16, origin, problemCode, startMs, testClinic } from './api-world.js'
import { made, newLink, putLink, recipient } from './links-world.js'
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

const statusOf = async (answer: Promise<Response> | Response): Promise<readonly [number, string]> => {
  const done = await answer
  return [done.status, done.status < 400 ? '' : await problemCode(done)]
}

const latest = (id: string): string => `/v1/packages/${id}/grants/latest?purpose=TREAT`
const asked = (body: object = {}): RequestInit => ({
  body: JSON.stringify({ recipient, ...body }),
  headers: asJson,
})

describe('what a device has given', () => {
  it('ends with it: links open no more, and readers read no more', async () => {
    const world = await testClinic()
    const { as, ask, enrol } = world
    const [owner, reader] = [await enrol('doctor'), await enrol()]
    const { id, root } = await shared(world, owner, [reading(reader)])
    const open = await shared(world, owner, null)
    const { served } = await newLink(world, owner)
    const { files } = await (await ask('POST', `/shl/${served.id}`, asked({ embeddedLengthMax: 0 }))).json()
    expect((await as(owner, 'DELETE', `/v1/devices/${owner.kid}`)).status).toBe(204)
    expect((await ask('POST', `/shl/${served.id}`, asked())).status).toBe(404)
    expect((await ask('GET', files[0].location.slice(origin.length))).status).toBe(404)
    for (const one of [id, open.id])
      expect(await statusOf(as(reader, 'GET', latest(one)))).toEqual([404, 'package/missing'])
    expect(await statusOf(as(reader, 'GET', pathOf(root)))).toEqual([404, 'blob/missing'])
    expect((await (await as(reader, 'GET', '/v1/packages')).json()).packages).toEqual([])
  })

  it('is not given by a request that was on its way when it ended', async () => {
    const world = await testClinic()
    const { clinic, enrol } = world
    const [owner, other] = [await enrol(), await enrol()]
    const { id, root, list } = await shared(world, owner, [])
    const next = await listFor(owner, { id, payload: root, previous: list })
    const record = clinic.log.record.bind(clinic.log)
    const ending = (kid: string) =>
      vi.spyOn(clinic.log, 'record').mockImplementationOnce(async entry => {
        await clinic.store.devices.end(kid, 1)
        return record(entry)
      })
    ending(owner.kid)
    expect(await statusOf(putGrants(world, owner, next, null))).toEqual([403, 'device/ended'])
    expect(await clinic.store.packages.find(id)).toMatchObject({ seq: 1, isOpen: false })
    ending(other.kid)
    const { served } = await made(world)
    expect(await statusOf(putLink(world, other, served))).toEqual([403, 'device/ended'])
    expect(await clinic.store.links.find(served.id)).toBeNull()
  })

  it('waits after a restore for its owner, whose next list may have any later number', async () => {
    const world = await testClinic()
    const { as, clinic, enrol } = world
    const [owner, reader, stranger] = [await enrol(), await enrol(), await enrol()]
    const { id, root, list } = await shared(world, owner, [reading(reader), reading(stranger)])
    const same = await shared(world, owner, [reading(reader)])
    const db = Object.getOwnPropertyDescriptor(clinic.store, 'db')?.value
    await closeAllPackages(db)
    expect(await statusOf(as(reader, 'GET', latest(id)))).toEqual([404, 'package/missing'])
    expect(await (await as(owner, 'GET', `/v1/packages/${id}`)).json()).toMatchObject({ seq: 1, readers: [] })
    const second = await listFor(owner, { id, payload: root, previous: list })
    const third = await listFor(owner, { id, payload: root, previous: second })
    expect((await putGrants(world, owner, third, [reading(reader)])).status).toBe(200)
    expect((await as(reader, 'GET', latest(id))).status).toBe(200)
    expect(await statusOf(as(stranger, 'GET', latest(id)))).toEqual([404, 'package/missing'])
    const fifth = await listFor(owner, { id, payload: root, previous: third, seq: 5 })
    expect(await statusOf(putGrants(world, owner, fifth, null))).toEqual([409, 'package/gap'])
    // The very list that is there, too.
    const { size } = clinic.log
    for (let i = 0; i < 2; i++)
      expect((await putGrants(world, owner, same.list, [reading(reader)])).status).toBe(200)
    expect(clinic.log.size).toBe(size + 1)
    expect((await as(reader, 'GET', latest(same.id))).status).toBe(200)
  })
})

describe('blocks of a record', () => {
  it('are looked at before a list says that they are there', async () => {
    const world = await testClinic()
    const { as, enrol, folder } = world
    const owner = await enrol()
    const { root, blocks } = await blocksOf(systemRandom.bytes(2 * leafBytes))
    await putAll(world, owner, blocks)
    const [leaf = ''] = blocks.keys()
    const file = join(folder, 'blocks', blockPath(leaf))
    const list = await listFor(owner, { id: name16(), payload: root })
    const put = () => statusOf(putGrants(world, owner, list, null))
    rmSync(file)
    expect(await put()).toEqual([404, 'package/payload'])
    writeFileSync(file, 'half')
    expect(await put()).toEqual([404, 'package/payload'])
    // The same block again mends it.
    expect((await as(owner, 'HEAD', pathOf(leaf))).status).toBe(404)
    await putAll(world, owner, blocks)
    expect(await put()).toEqual([200, ''])
    truncateSync(file, 9)
    expect((await as(owner, 'GET', pathOf(leaf))).status).toBe(404)
  })

  it('that others have stay theirs when somebody deletes a node that names them', async () => {
    const world = await testClinic()
    const { as, enrol } = world
    const [owner, thief] = [await enrol(), await enrol()]
    const { root, blocks } = await blocksOf(systemRandom.bytes(2 * leafBytes))
    const [leaf = ''] = blocks.keys()
    const node = blocks.get(root) ?? new Uint8Array()
    expect((await as(thief, 'PUT', pathOf(root), node)).status).toBe(200)
    expect((await as(thief, 'DELETE', pathOf(root))).status).toBe(204)
    expect(await statusOf(as(thief, 'GET', pathOf(leaf)))).toEqual([404, 'blob/missing'])
    await putAll(world, owner, blocks)
    const list = await listFor(owner, { id: name16(), payload: root })
    expect((await putGrants(world, owner, list, null)).status).toBe(200)
  })

  it('whose file could not be removed are removed later', async () => {
    const world = await testClinic()
    const { as, clinic, enrol, folder } = world
    const owner = await enrol()
    const { root, blocks } = await blocksOf(systemRandom.bytes(50))
    await putAll(world, owner, blocks)
    const file = join(folder, 'blocks', blockPath(root))
    const { blocks: keeper } = clinic
    if (keeper === null) throw new Error('no blocks')
    const broken = vi.spyOn(keeper.files, 'remove').mockRejectedValue(new Error('the disk'))
    expect((await as(owner, 'DELETE', pathOf(root))).status).toBe(500)
    expect((await as(owner, 'DELETE', pathOf(root))).status).toBe(204)
    await expect(keeper.drop([])).rejects.toThrow('the disk')
    broken.mockRestore()
    expect(existsSync(file)).toBe(true)
    await keeper.drop([])
    expect(existsSync(file)).toBe(false)
  })

  it('that a killed process left are looked for every hour', async () => {
    const { clinic } = await testClinic()
    const { blocks } = clinic
    if (blocks === null) throw new Error('no blocks')
    const sweep = vi.spyOn(blocks, 'sweep').mockResolvedValue(0)
    const timers = vi.spyOn(globalThis, 'setInterval')
    const quiet = { warn: () => undefined, tell: () => undefined }
    const [logger, requests] = [Object.create(quiet), Object.create(quiet)]
    startChores(clinic, logger, requests)()
    const hourly = timers.mock.calls.filter(([, ms]) => ms === 3_600_000)
    timers.mockRestore()
    expect([hourly.length, sweep.mock.calls.length]).toEqual([1, 1])
    hourly[0]?.[0]()
    expect(sweep).toHaveBeenCalledTimes(2)
  })
})

describe('a SMART Health Link', () => {
  it('keeps the address of a file that the log took nothing for', async () => {
    const world = await testClinic()
    const owner = await world.enrol()
    const { served } = await newLink(world, owner)
    const path = `/shl/${served.id}`
    const { files } = await (await world.ask('POST', path, asked({ embeddedLengthMax: 0 }))).json()
    const at = files[0].location.slice(origin.length)
    const broken = brokenLog(world.clinic)
    expect(await statusOf(world.ask('GET', at))).toEqual([503, 'server/log'])
    broken.mockRestore()
    expect((await world.ask('GET', at)).status).toBe(200)
    expect((await world.ask('GET', at)).status).toBe(404)
  })

  it('that was ended before it came is refused when it comes', async () => {
    const world = await testClinic()
    const { as, clinic, clock, enrol } = world
    const [owner, other] = [await enrol(), await enrol()]
    const { served } = await made(world)
    const path = `/v1/links/${served.id}`
    const { size } = clinic.log
    for (let i = 0; i < 2; i++) expect((await as(owner, 'DELETE', path)).status).toBe(204)
    expect(clinic.log.size).toBe(size)
    expect(await statusOf(putLink(world, owner, served))).toEqual([409, 'link/conflict'])
    expect((await (await as(owner, 'GET', '/v1/links')).json()).links).toEqual([])
    const theirs = await made(world)
    expect((await as(other, 'DELETE', `/v1/links/${theirs.served.id}`)).status).toBe(204)
    expect((await putLink(world, owner, theirs.served)).status).toBe(200)
    vi.spyOn(clinic.writes, 'commit').mockImplementationOnce(work =>
      clinic.store.inTx(tables =>
        work({ ...tables, links: { ...tables.links, refuse: refused => tables.links.refuse(refused, 1) } }),
      ),
    )
    expect(await statusOf(as(owner, 'DELETE', `/v1/links/${(await made(world)).served.id}`))).toEqual([
      429,
      'request/too-many',
    ])
    clock.advance(3_600_000)
    expect((await putLink(world, owner, served)).status).toBe(200)
  })

  it('counts among the bytes of its device', async () => {
    const [file] = (await made({ clock: fixedClock(startMs) })).served.files
    const bytesPerDevice = Math.floor(1.5 * (file?.jwe.length ?? 0))
    const world = await testClinic({ blockLimits: { bytesPerDevice } })
    const owner = await world.enrol()
    const { served } = await newLink(world, owner)
    expect(await statusOf(putLink(world, owner, (await made(world)).served))).toEqual([507, 'blob/quota'])
    expect((await world.as(owner, 'DELETE', `/v1/links/${served.id}`)).status).toBe(204)
    expect((await putLink(world, owner, (await made(world)).served)).status).toBe(200)
  })

  it('is not opened when the disk is nearly full, as it leaves an entry', async () => {
    let freeBytes = 1_000
    const world = await testClinic({ room: { free: async () => freeBytes, floorBytes: 1_000 } })
    const owner = await world.enrol()
    const { served } = await newLink(world, owner, { passcode: '2468' })
    const path = `/shl/${served.id}`
    freeBytes = 999
    world.clock.advance(1_000)
    const { size } = world.clinic.log
    for (const passcode of ['2468', 'wrong'])
      expect(await statusOf(world.ask('POST', path, asked({ passcode })))).toEqual([507, 'server/full'])
    expect((await world.ask('OPTIONS', path)).status).toBe(204)
    expect(world.clinic.log.size).toBe(size)
    expect(await world.clinic.store.links.find(served.id)).toMatchObject({ wrongPasscodes: 0 })
  })

  it('is asked so often a day, its files counted', async () => {
    const world = await testClinic()
    const owner = await world.enrol()
    const { served } = await newLink(world, owner)
    const { linkRate } = world.clinic
    const nowMs = world.clock.nowMs()
    const path = `/shl/${served.id}`
    for (let i = 0; i < 4_999; i++) linkRate.takeFile(served.id, nowMs)
    expect((await world.ask('POST', path, asked())).status).toBe(200)
    for (const answer of [world.ask('POST', path, asked()), world.ask('GET', `${path}/files/x`)])
      expect(await statusOf(answer)).toEqual([429, 'request/too-many'])
    world.clock.advance(86_400_000 / 5_000)
    expect((await world.ask('POST', path, asked())).status).toBe(200)
  })
})
