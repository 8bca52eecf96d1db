import { decodeAccessEntry } from '@chartseal/audit/access'
import { decodeBase64Url, encodeUtf8 } from '@chartseal/core/encoding'
import { formatLink, openLink, sealLinkFile } from '@chartseal/ipfs-envelope/shl'
import { SHLViewer } from 'kill-the-clipboard'
import { describe, expect, it } from 'vitest'
import { createListener, listen } from '../dist/listen.js'
import {
  asJson,
  origin,
  problemCode,
  type TestClinic,
  type TestDevice,
  testClinic,
  text,
} from './api-world.js'
import { bodyOf, bundle, made, newLink, putLink, recipient } from './links-world.js'
import { brokenLog } from './records-world.js'

const hourMs = 3_600_000

/** As a client elsewhere asks, without a signature. */
const fetchOf =
  ({ ask }: TestClinic) =>
  (url: string, init: RequestInit = {}) =>
    ask(init.method ?? 'GET', url.slice(origin.length), init)

const manifest = ({ ask }: TestClinic, id: string, body: object): Promise<Response> =>
  ask('POST', `/shl/${id}`, { body: JSON.stringify({ recipient, ...body }), headers: asJson })

const statusOf = async (answer: Promise<Response>): Promise<readonly [number, string]> => {
  const done = await answer
  return [done.status, done.status < 400 ? '' : await problemCode(done)]
}

async function actsOf({ as }: TestClinic, device: TestDevice): Promise<readonly object[]> {
  const { entries } = await (await as(device, 'GET', '/v1/entries')).json()
  return entries.map(({ entry }: { entry: string }) => decodeAccessEntry(decodeBase64Url(entry))).slice(1)
}

describe('a SMART Health Link', () => {
  it('is opened by us and by kill-the-clipboard, and its owner sees each opening with its entry', async () => {
    const world = await testClinic()
    const owner = await world.enrol()
    const { link, served } = await newLink(world, owner, { longTerm: true, passcode: '2468' })
    const viewer = new SHLViewer({
      shlinkURI: formatLink(link),
      fetch: (url, init) => fetchOf(world)(url, init ?? {}),
    })
    const asked = { recipient, passcode: '2468' }
    for (const embeddedLengthMax of [100_000, 0])
      expect((await viewer.resolveSHL({ ...asked, embeddedLengthMax })).fhirResources).toEqual([bundle])
    const { id } = served
    const accesses = await (await world.as(owner, 'GET', `/v1/links/${id}/accesses`)).json()
    expect(accesses.accesses.map(({ kind }: { kind: string }) => kind)).toEqual([
      'manifest',
      'manifest',
      'file',
    ])
    expect(accesses.accesses[0]).toMatchObject({ position: 1, recipient, file: null })
    const acts = await actsOf(world, owner)
    expect(acts[0]).toMatchObject({ act: 'link-made', by: owner.kid, ids: [id] })
    for (const [i, { index, kind }] of accesses.accesses.entries()) {
      const { entries } = await (
        await world.as(owner, 'GET', `/v1/entries?after=${index - 1}&limit=1`)
      ).json()
      const entry = { act: 'link-opened', by: '', box: '', ids: [id, recipient, kind], device: owner.kid }
      expect(decodeAccessEntry(decodeBase64Url(entries[0].entry))).toEqual(entry)
      expect(acts[i + 1]).toEqual(entry)
    }
    const [shown] = (await (await world.as(owner, 'GET', '/v1/links')).json()).links
    expect(shown).toMatchObject({ id, flags: 'LP', opened: 2, wrong_passcodes: 0, ended_ms: null })
  })

  it('is opened over a real socket by a client that knows nothing of us', async () => {
    const world = await testClinic()
    const server = createListener((request, env) => world.app.fetch(request, env))
    const port = await listen(server, '127.0.0.1', 0)
    try {
      const owner = await world.enrol()
      const { link } = await newLink(world, owner)
      const viewer = new SHLViewer({
        shlinkURI: formatLink(link),
        fetch: (url, init) => fetch(url.replace(origin, `http://127.0.0.1:${port}`), init ?? {}),
      })
      expect((await viewer.resolveSHL({ recipient, embeddedLengthMax: 0 })).fhirResources).toEqual([bundle])
    } finally {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    }
  })

  it('of one direct file is given by a plain GET that names a recipient, and by no preview', async () => {
    const world = await testClinic()
    const owner = await world.enrol()
    const { link, served } = await newLink(world, owner, {
      direct: true,
      expMs: world.clock.nowMs() + hourMs,
    })
    const path = `/shl/${served.id}`
    for (const [method, at] of [
      ['GET', path],
      ['HEAD', path],
      ['OPTIONS', path],
      ['HEAD', `${path}?recipient=x`],
    ] as const)
      expect([400, 405, 204]).toContain((await world.ask(method, at)).status)
    expect(await actsOf(world, owner)).toHaveLength(1)
    const options = { recipient, nowMs: world.clock.nowMs(), fetch: fetchOf(world) }
    const opened = await openLink(formatLink(link), options)
    expect(JSON.parse(new TextDecoder().decode(opened.files[0]?.content))).toEqual(bundle)
    expect((await actsOf(world, owner)).at(-1)).toMatchObject({
      act: 'link-opened',
      ids: [served.id, recipient, 'direct'],
    })
    world.clock.advance(hourMs)
    expect((await world.ask('GET', `${path}?recipient=x`)).status).toBe(404)
  })

  it('gives each address of a file once, and none when the log takes nothing', async () => {
    const world = await testClinic()
    const owner = await world.enrol()
    const { served } = await newLink(world, owner)
    const { files } = await (await manifest(world, served.id, { embeddedLengthMax: 0 })).json()
    const at = files[0].location.slice(origin.length)
    expect((await world.ask('HEAD', at)).status).toBe(405)
    const given = await world.ask('GET', at)
    expect([given.status, given.headers.get('content-type'), await given.text()]).toEqual([
      200,
      'application/jose',
      served.files[0]?.jwe,
    ])
    expect((await world.ask('GET', at)).status).toBe(404)
    const broken = brokenLog(world.clinic)
    expect(await statusOf(manifest(world, served.id, {}))).toEqual([503, 'server/log'])
    broken.mockRestore()
    expect((await manifest(world, served.id, {})).status).toBe(200)
  })

  it('takes whatever somebody calls themselves, and gives all its files at once', async () => {
    const world = await testClinic()
    const owner = await world.enrol()
    const content = text(JSON.stringify(bundle))
    const files = Array.from({ length: 30 }, () => ({ contentType: 'application/fhir+json', content }))
    const { served } = await newLink(world, owner, { files })
    const odd = `\0<b>${'ü'.repeat(200)}`
    const asked = await manifest(world, served.id, { recipient: odd, embeddedLengthMax: 0 })
    const given: { location: string }[] = (await asked.json()).files
    const answers = given.map(({ location }) => world.ask('GET', location.slice(origin.length)))
    for (const answer of await Promise.all(answers)) expect(answer.status).toBe(200)
    const { accesses } = await (await world.as(owner, 'GET', `/v1/links/${served.id}/accesses`)).json()
    expect(accesses).toHaveLength(31)
    expect(accesses[0].recipient).toBe(odd.replace('\0', '\ufffd'))
    expect(world.faults).toEqual([])
  })

  it('counts wrong passcodes for its life, tells its owner of each, and ends with the last', async () => {
    const world = await testClinic()
    const owner = await world.enrol()
    const { served } = await newLink(world, owner, { passcode: '2468', maxWrongPasscodes: 2 })
    const wrong = await manifest(world, served.id, { passcode: '1' })
    expect([wrong.status, await wrong.json()]).toEqual([401, { remainingAttempts: 1 }])
    expect((await manifest(world, served.id, { passcode: '2468' })).status).toBe(200)
    expect(await (await manifest(world, served.id, { passcode: '2' })).json()).toEqual({
      remainingAttempts: 0,
    })
    expect((await manifest(world, served.id, { passcode: '2468' })).status).toBe(404)
    expect((await actsOf(world, owner)).map(entry => Object(entry).act)).toEqual([
      'link-made',
      'link-refused',
      'link-opened',
      'link-refused',
    ])
  })

  it('is ended by its owner alone, and then it is as one that never was', async () => {
    const world = await testClinic()
    const [owner, other] = [await world.enrol(), await world.enrol()]
    const { served } = await newLink(world, owner)
    const path = `/v1/links/${served.id}`
    for (const [method, at] of [
      ['DELETE', path],
      ['GET', `${path}/accesses`],
    ] as const)
      expect(await statusOf(world.as(other, method, at))).toEqual([404, 'link/missing'])
    const { size } = world.clinic.log
    for (let i = 0; i < 2; i++) expect((await world.as(owner, 'DELETE', path)).status).toBe(204)
    expect(world.clinic.log.size).toBe(size + 1)
    expect((await manifest(world, served.id, {})).status).toBe(404)
    expect(await statusOf(putLink(world, owner, served, { flags: '', exp_ms: 9 }))).toEqual([
      409,
      'link/conflict',
    ])
  })

  it('takes other files when it lives on, and the same again without a second entry', async () => {
    const world = await testClinic()
    const owner = await world.enrol()
    const { link, served } = await newLink(world, owner, { longTerm: true })
    const { size } = world.clinic.log
    expect((await putLink(world, owner, served)).status).toBe(200)
    expect(world.clinic.log.size).toBe(size)
    const file = await sealLinkFile(
      link.key,
      { contentType: 'application/fhir+json', content: encodeUtf8('{"resourceType":"Patient"}') },
      { nowMs: world.clock.nowMs() },
    )
    expect((await putLink(world, owner, { ...served, files: [file] })).status).toBe(200)
    const { files } = await (await manifest(world, served.id, {})).json()
    expect(files[0].embedded).toBe(file.jwe)
    expect(await statusOf(putLink(world, owner, { ...served, files: [file], flags: '' }))).toEqual([
      409,
      'link/conflict',
    ])
  })

  it('is refused when a plain client could not open it, and when it is too large', async () => {
    const world = await testClinic()
    const owner = await world.enrol()
    const { served } = await made(world)
    for (const over of [
      { flags: 'P' },
      { flags: 'UL' },
      { files: [] },
      { max_wrong_passcodes: 0 },
      {
        files: [{ content_type: 'text/html', jwe: served.files[0]?.jwe, updated_ms: 1, fhir_version: null }],
      },
      { files: [{ content_type: 'application/fhir+json', jwe: 'a.b.c', updated_ms: 1, fhir_version: null }] },
    ])
      expect(await statusOf(putLink(world, owner, served, over))).toEqual([400, 'link/invalid'])
    for (const over of [
      { more: 1 },
      { exp_ms: 8_640_000_000_000_001 },
      { files: [{ content_type: 'application/fhir+json', jwe: 'a', updated_ms: 1, fhir_version: '4\0' }] },
    ])
      expect(await statusOf(putLink(world, owner, served, over))).toEqual([400, 'request/invalid'])
    const [file] = JSON.parse(new TextDecoder().decode(bodyOf(served))).files
    const large = Array.from({ length: 3 }, () => ({ ...file, jwe: `${'x'.repeat(2_200_000)}` }))
    expect(await statusOf(putLink(world, owner, served, { files: large }))).toEqual([
      413,
      'request/too-large',
    ])
  })

  it('is asked by pages of every origin, and nothing else of the clinic is', async () => {
    const world = await testClinic()
    const owner = await world.enrol()
    const { served } = await newLink(world, owner)
    const open = await world.ask('OPTIONS', `/shl/${served.id}`)
    expect([open.status, open.headers.get('access-control-allow-headers')]).toEqual([204, 'content-type'])
    for (const answer of [
      open,
      await manifest(world, served.id, {}),
      await manifest(world, 'nobody', {}),
      await world.ask('PUT', `/shl/${served.id}`),
      await world.ask('POST', `/shl/${served.id}`, { body: 'x', headers: { 'content-type': 'text/plain' } }),
    ]) {
      expect(answer.headers.get('access-control-allow-origin')).toBe('*')
      expect(answer.headers.get('cross-origin-resource-policy')).toBe('cross-origin')
    }
    for (const path of ['/v1/clinic', '/v1/links', '/log/checkpoint', '/openapi.json'])
      expect((await world.ask('GET', path)).headers.get('access-control-allow-origin')).toBeNull()
  })

  it('is asked at most so often, whoever asks, and costs a network more than other requests', async () => {
    const world = await testClinic()
    const owner = await world.enrol()
    const { served } = await newLink(world, owner)
    for (let i = 0; i < 20; i++) expect((await manifest(world, served.id, {})).status).toBe(200)
    const late = await manifest(world, served.id, {})
    expect([late.status, late.headers.get('retry-after'), await problemCode(late)]).toEqual([
      429,
      '1',
      'request/too-many',
    ])
    world.clock.advance(500)
    expect((await manifest(world, served.id, {})).status).toBe(200)
    const few = await testClinic({
      app: {
        rates: {
          open: { perSecond: 1, burst: 10 },
          claimed: { perSecond: 100, burst: 100 },
          signed: { perSecond: 100, burst: 100 },
        },
      },
    })
    for (let i = 0; i < 2; i++) expect((await manifest(few, 'x', {})).status).toBe(404)
    expect((await manifest(few, 'x', {})).status).toBe(429)
  })

  it('is so many of one device', async () => {
    const world = await testClinic()
    const owner = await world.enrol()
    const { served } = await made(world)
    const check = world.clinic.store.links.check
    const none = { links: 0, bytes: 1e9 }
    Object.assign(world.clinic.store.links, { check: (link: never) => check(link, none) })
    expect(await statusOf(putLink(world, owner, served))).toEqual([507, 'link/full'])
  })
})
