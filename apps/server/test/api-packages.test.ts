import { decodeAccessEntry } from '@chartseal/audit/access'
import { decodeBase64Url, encodeBase64Url } from '@chartseal/core/encoding'
import { AeadKey } from '@chartseal/core/keys'
import { systemRandom } from '@chartseal/core/system'
import {
  firstGrants,
  generateIdentityKey,
  grantListCid,
  identityOf,
  openGrant,
  parseGrantList,
  readPayload,
  recipientOf,
  storePayload,
} from '@chartseal/ipfs-envelope'
import { blobStore } from '@chartseal/ipfs-envelope/unixfs'
import { describe, expect, it } from 'vitest'
import {
  asJson,
  name16,
  problemCode,
  type TestClinic,
  type TestDevice,
  testClinic,
  text,
} from './api-world.js'
import {
  blocksOf,
  brokenLog,
  grantsBody,
  leafBytes,
  listFor,
  ownerOf,
  pathOf,
  putAll,
  putGrants,
  reading,
  shared,
} from './records-world.js'

const hourMs = 3_600_000
const statusOf = async (answer: Promise<Response> | Response): Promise<readonly [number, string]> => {
  const done = await answer
  return [done.status, done.status < 400 ? '' : await problemCode(done)]
}

const latest = (id: string, purpose = 'TREAT'): string =>
  `/v1/packages/${id}/grants/latest?purpose=${purpose}`

async function entriesOf({ as }: TestClinic, device: TestDevice) {
  const { entries } = await (await as(device, 'GET', '/v1/entries')).json()
  return entries.map(({ entry }: { entry: string }) => decodeAccessEntry(decodeBase64Url(entry)))
}

describe('a record that is shared', () => {
  it('is read by whom it was granted to, over HTTP alone, and both parties see for what', async () => {
    const world = await testClinic()
    const { as, enrol } = world
    const [owner, reader, other] = [await enrol('doctor'), await enrol(), await enrol()]
    const http = (device: TestDevice) => ({
      has: async (cid: string) => (await as(device, 'HEAD', pathOf(cid))).status === 200,
      async get(cid: string) {
        const answer = await as(device, 'GET', pathOf(cid))
        return answer.status === 200 ? new Uint8Array(await answer.arrayBuffer()) : null
      },
      async put(cid: string, block: Uint8Array) {
        expect((await as(device, 'PUT', pathOf(cid), block)).status).toBe(200)
      },
      async delete(cid: string) {
        expect((await as(device, 'DELETE', pathOf(cid))).status).toBe(204)
      },
    })
    const identity = generateIdentityKey('x25519', systemRandom)
    const contentKey = AeadKey.generate(systemRandom)
    const packageId = systemRandom.bytes(16)
    const content = systemRandom.bytes(leafBytes + 5_000)
    const header = {
      name: 'scan.dcm',
      mediaType: 'application/dicom',
      sizeBytes: content.length,
      createdMs: 1,
      labels: [],
    }
    const blobs = blobStore(http(owner), { profile: 'chartseal-v2' })
    const id = { packageId, version: 1 }
    const cid = await storePayload(blobs, contentKey, id, header, content)
    const list = await firstGrants(ownerOf(owner), { ...id, cid, contentKey }, [recipientOf(identity)])
    expect((await putGrants(world, owner, list, [reading(reader)])).status).toBe(200)

    const name = encodeBase64Url(packageId)
    const given = await as(reader, 'GET', latest(name))
    expect(given.headers.get('etag')).toBe(`"${grantListCid(list.bytes)}"`)
    const opened = parseGrantList(new Uint8Array(await given.arrayBuffer()))
    const pin = { owner: owner.identity, packageId, newest: null }
    const key = await openGrant(opened, identityOf(identity), { pin, nowMs: 5 })
    const read = await readPayload(blobStore(http(reader)), key, id, cid)
    const parts: Uint8Array[] = []
    for await (const part of read.content) parts.push(part)
    expect(Buffer.concat(parts).equals(content)).toBe(true)

    const entry = { act: 'grants-given', by: reader.kid, box: '', ids: [name, '1'], device: owner.kid }
    for (const device of [owner, reader])
      expect(await entriesOf(world, device)).toContainEqual({ ...entry, purpose: 'TREAT' })
    expect(await entriesOf(world, owner)).toContainEqual({
      act: 'grants-published',
      by: owner.kid,
      box: '',
      ids: [name, '1', cid],
      device: '',
    })
    expect(await statusOf(as(other, 'GET', latest(name)))).toEqual([404, 'package/missing'])
    expect(await entriesOf(world, other)).toHaveLength(1)
  })

  it('is not given when the log takes nothing', async () => {
    const world = await testClinic()
    const [owner, reader] = [await world.enrol('doctor'), await world.enrol()]
    const { id } = await shared(world, owner, [reading(reader)])
    const broken = brokenLog(world.clinic)
    expect(await statusOf(world.as(reader, 'GET', latest(id)))).toEqual([503, 'server/log'])
    const { root } = await blocksOf(systemRandom.bytes(9))
    const list = await listFor(owner, { id: name16(), payload: root })
    expect((await statusOf(putGrants(world, owner, list, null)))[1]).toBe('package/payload')
    broken.mockRestore()
    expect((await world.as(reader, 'GET', latest(id))).status).toBe(200)
  })

  it('is given once more without an entry to who has the list', async () => {
    const world = await testClinic()
    const [owner, reader] = [await world.enrol('doctor'), await world.enrol()]
    const { id, list } = await shared(world, owner, [reading(reader)])
    const { size } = world.clinic.log
    const tag = `"${grantListCid(list.bytes)}"`
    const signed = await reader.headers('GET', latest(id))
    const answer = await world.ask('GET', latest(id), { headers: { 'if-none-match': tag, ...signed } })
    expect([answer.status, world.clinic.log.size]).toEqual([304, size])
  })

  it('is given to each reader until their time is over and for their purposes, and to the owner always', async () => {
    const world = await testClinic()
    const { as, enrol, clock } = world
    const [owner, doctor, patient] = [await enrol('doctor'), await enrol('doctor'), await enrol()]
    const untilMs = clock.nowMs() + hourMs
    const terms = { notBeforeMs: clock.nowMs() + 1, notAfterMs: untilMs + 5, purposes: ['PATRQT', 'TREAT'] }
    const { id } = await shared(
      world,
      owner,
      [
        reading(doctor, { until_ms: untilMs, purposes: ['TREAT', 'ETREAT'] }),
        reading(patient, { purposes: ['PATRQT'] }),
      ],
      terms,
    )
    const ask = (device: TestDevice, purpose: string) => statusOf(as(device, 'GET', latest(id, purpose)))
    expect(await ask(doctor, 'TREAT')).toEqual([403, 'package/not-now'])
    expect(await ask(owner, 'TREAT')).toEqual([200, ''])
    clock.advance(1)
    expect(await ask(doctor, 'TREAT')).toEqual([200, ''])
    expect(await ask(doctor, 'PATRQT')).toEqual([403, 'package/purpose'])
    // The list itself says for what.
    expect(await ask(doctor, 'ETREAT')).toEqual([403, 'package/purpose'])
    expect(await ask(patient, 'PATRQT')).toEqual([200, ''])
    expect(await ask(patient, 'CURIOSITY')).toEqual([400, 'request/invalid'])
    expect(await statusOf(as(patient, 'GET', `/v1/packages/${id}/grants/latest`))).toEqual([
      400,
      'request/invalid',
    ])
    clock.advance(hourMs - 2)
    expect(await ask(doctor, 'TREAT')).toEqual([200, ''])
    clock.advance(1)
    expect(await ask(doctor, 'TREAT')).toEqual([403, 'package/not-now'])
    clock.advance(5)
    expect(await ask(patient, 'PATRQT')).toEqual([200, ''])
    clock.advance(1)
    expect(await ask(patient, 'PATRQT')).toEqual([403, 'package/not-now'])
    expect(await ask(owner, 'TREAT')).toEqual([200, ''])
  })

  it('of option B is given to every device that knows its package', async () => {
    const world = await testClinic()
    const [owner, other] = [await world.enrol('doctor'), await world.enrol()]
    const { id, root } = await shared(world, owner, null)
    expect((await world.as(other, 'GET', latest(id, 'ETREAT'))).status).toBe(200)
    expect((await world.as(other, 'GET', pathOf(root))).status).toBe(200)
    const listed = await (await world.as(other, 'GET', '/v1/packages')).json()
    expect(listed).toEqual({ packages: [], more: false })
  })

  it('is listed to its owner and its readers, and its readers to the owner alone', async () => {
    const world = await testClinic()
    const { as, enrol, clock } = world
    const [owner, reader] = [await enrol('doctor'), await enrol()]
    const untilMs = clock.nowMs() + hourMs
    const all = []
    for (const _ of [1, 2, 3]) all.push(await shared(world, owner, [reading(reader, { until_ms: untilMs })]))
    const ids = all.map(({ id }) => id).toSorted()
    const first = await (await as(reader, 'GET', '/v1/packages?limit=2')).json()
    expect([first.packages.map(({ id }: { id: string }) => id), first.more]).toEqual([ids.slice(0, 2), true])
    const rest = await (await as(reader, 'GET', `/v1/packages?limit=2&after=${ids[1]}`)).json()
    expect(rest).toMatchObject({
      packages: [
        { id: ids[2], owner: owner.kid, seq: 1, version: 1, until_ms: untilMs, purposes: ['TREAT'] },
      ],
      more: false,
    })
    const own = await (await as(owner, 'GET', '/v1/packages')).json()
    expect(own.packages).toHaveLength(3)
    expect(own.packages[0]).toMatchObject({ until_ms: null, purposes: null })
    const one = await (await as(owner, 'GET', `/v1/packages/${all[0]?.id}`)).json()
    expect(one).toMatchObject({
      payload: all[0]?.root,
      readers: [{ kid: reader.kid, until_ms: untilMs, purposes: ['TREAT'] }],
    })
    expect(await statusOf(as(reader, 'GET', `/v1/packages/${all[0]?.id}`))).toEqual([404, 'package/missing'])
    clock.advance(hourMs)
    expect((await (await as(reader, 'GET', '/v1/packages')).json()).packages).toEqual([])
  })
})

describe('grant lists', () => {
  it('follow each other without gaps, of one owner, and the same again is the same', async () => {
    const world = await testClinic()
    const { as, enrol, clinic } = world
    const [owner, thief] = [await enrol('doctor'), await enrol()]
    const { id, root, list } = await shared(world, owner, null)
    const put = (of: TestDevice, one: typeof list, readers: Parameters<typeof putGrants>[3] = null) =>
      statusOf(putGrants(world, of, one, readers))
    const { size } = clinic.log
    const first = await (await putGrants(world, owner, list, null)).json()
    expect(first).toEqual({ seq: 1, cid: grantListCid(list.bytes), stored_ms: clinic.clock.nowMs() })
    expect(clinic.log.size).toBe(size)
    expect(await put(owner, list, [])).toEqual([409, 'package/conflict'])
    const second = await listFor(owner, { id, payload: root, previous: list })
    const third = await listFor(owner, { id, payload: root, previous: second })
    expect(await put(owner, third)).toEqual([409, 'package/gap'])
    expect(await put(owner, second)).toEqual([200, ''])
    const other = await listFor(owner, {
      id,
      payload: root,
      previous: list,
      terms: { notAfterMs: 9 },
    })
    expect(await put(owner, other)).toEqual([409, 'package/conflict'])
    const unlinked = await listFor(owner, { id, payload: root, previous: other, seq: 3 })
    expect(await put(owner, unlinked)).toEqual([409, 'package/conflict'])
    // What is lower is known by what it was.
    expect(await put(owner, list)).toEqual([200, ''])
    expect(await put(owner, third)).toEqual([200, ''])
    const stolen = await listFor(thief, { id, payload: root, previous: third })
    expect(await put(thief, stolen)).toEqual([403, 'package/owner'])
    const next = await listFor(owner, { id, payload: root, previous: third })
    expect(await put(thief, next)).toEqual([403, 'signature/not-allowed'])
    const served = await as(owner, 'GET', latest(id))
    expect(new Uint8Array(await served.arrayBuffer())).toEqual(third.bytes)
  })

  it('replace readers as a whole, so that one who is left out reads nothing more', async () => {
    const world = await testClinic()
    const { as, enrol } = world
    const [owner, reader, other] = [await enrol('doctor'), await enrol(), await enrol()]
    const { id, root, list } = await shared(world, owner, [reading(reader), reading(other)])
    const second = await listFor(owner, { id, payload: root, previous: list })
    expect((await putGrants(world, owner, second, [reading(other)])).status).toBe(200)
    expect(await statusOf(as(reader, 'GET', latest(id)))).toEqual([404, 'package/missing'])
    expect(await statusOf(as(reader, 'GET', pathOf(root)))).toEqual([404, 'blob/missing'])
    expect((await as(other, 'GET', latest(id))).status).toBe(200)
  })

  it('name payloads that are there as a whole, put by their owner, each version one more', async () => {
    const world = await testClinic()
    const { as, enrol } = world
    const [owner, other] = [await enrol('doctor'), await enrol()]
    const { root, blocks } = await blocksOf(systemRandom.bytes(2 * leafBytes))
    const [leaf = ''] = blocks.keys()
    const id = name16()
    const list = await listFor(owner, { id, payload: root })
    const put = () => statusOf(putGrants(world, owner, list, null))
    expect(await put()).toEqual([404, 'package/payload'])
    await putAll(world, other, blocks)
    expect(await put()).toEqual([404, 'package/payload'])
    await putAll(world, owner, new Map([...blocks].filter(([cid]) => cid !== leaf)))
    expect(await put()).toEqual([404, 'package/payload'])
    await putAll(world, owner, blocks)
    expect(await put()).toEqual([200, ''])
    const again = await blocksOf(systemRandom.bytes(20))
    await putAll(world, owner, again.blocks)
    const next = (version: number, payload: string) =>
      listFor(owner, { id, payload, version, previous: list })
    for (const [version, payload] of [
      [1, again.root],
      [3, again.root],
      [2, root],
    ] as const)
      expect(await statusOf(putGrants(world, owner, await next(version, payload), null))).toEqual([
        409,
        'package/conflict',
      ])
    expect((await putGrants(world, owner, await next(2, again.root), null)).status).toBe(200)
    // The version before stays readable until its payload is deleted.
    expect((await as(other, 'GET', pathOf(leaf))).status).toBe(200)
    expect((await as(owner, 'DELETE', pathOf(root))).status).toBe(204)
    expect((await as(owner, 'GET', pathOf(root))).status).toBe(410)
    expect((await as(other, 'GET', pathOf(again.root))).status).toBe(200)
  })

  it('are refused in every other form', async () => {
    const world = await testClinic()
    const { as, enrol } = world
    const [owner, reader] = [await enrol('doctor'), await enrol()]
    const { id, root, list } = await shared(world, owner, null)
    const path = `/v1/packages/${id}/grants/2`
    const next = await listFor(owner, { id, payload: root, previous: list })
    const body = (change: object) =>
      text(JSON.stringify({ v: 1, grants: encodeBase64Url(next.bytes), readers: null, ...change }))
    const put = (change: object, to = path) => statusOf(as(owner, 'PUT', to, body(change), asJson))
    const flipped = Uint8Array.from(next.bytes, (byte, i) => (i === 40 ? byte ^ 1 : byte))
    expect(await put({ grants: encodeBase64Url(flipped) })).toEqual([400, 'package/invalid'])
    expect(await put({ grants: 'AA' })).toEqual([400, 'package/invalid'])
    expect(await put({ grants: 'A' })).toEqual([400, 'package/invalid'])
    expect(await put({}, `/v1/packages/${name16()}/grants/2`)).toEqual([400, 'request/invalid'])
    expect(await put({}, `/v1/packages/${id}/grants/3`)).toEqual([400, 'request/invalid'])
    for (const readers of [
      [reading(reader), reading(reader)],
      [reading(owner)],
      [reading(reader, { purposes: [] })],
      [reading(reader, { purposes: ['CURIOSITY'] })],
      [reading(reader, { until_ms: -1 })],
      [{ kid: reader.kid }],
    ])
      expect(await put({ readers })).toEqual([400, 'request/invalid'])
    expect(await put({ more: 1 })).toEqual([400, 'request/invalid'])
    const big = grantsBody(next, null)
    const padded = new Uint8Array(20_971_521).fill(0x20)
    padded.set(big)
    expect(await statusOf(as(owner, 'PUT', path, padded, asJson))).toEqual([413, 'request/too-large'])
    expect(await put({})).toEqual([200, ''])
  })
})
