import { systemRandom } from '@chartseal/core/system'
import { propertyRuns } from '@chartseal/testkit'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createDeviceClient } from '../dist/clinic/client.js'
import { codesOf } from '../dist/http/openapi.js'
import type { Operation } from '../dist/http/operation.js'
import { problemCodes } from '../dist/http/problems.js'
import { operations } from '../dist/operations.js'
import {
  name16,
  octets,
  origin,
  problemCode,
  type TestClinic,
  type TestDevice,
  testClinic,
  text,
} from './api-world.js'

const nameOf = ({ method, path }: Pick<Operation, 'method' | 'path'>): string => `${method} ${path}`
/** An answer to HEAD has no code (see api-blobs), and under /shl/ the words are those of HL7 (see api-links). */
const all = operations
  .filter(({ method, path }) => method !== 'HEAD' && !path.startsWith('/shl/'))
  .map(one => [nameOf(one), one] as const)
const block = 'bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e'

/** A path of the right form that leads nowhere of interest. */
function filled({ path }: Operation, device: TestDevice): string {
  return path
    .replace('{kid}', device.kid)
    .replace('{txid}', device.kid)
    .replace('{seq}', '1')
    .replace('{step}', 'offer')
    .replace('{tile}', '0/000')
    .replace('{box}', device.mailbox)
    .replace('{cid}', block)
    .replace('/links/{id}', `/links/${device.kid}`)
    .replaceAll(/\{\w+\}/g, () => name16())
}

/** Where a query must be there, one that is right. */
const withQuery = (path: string): string => (path.endsWith('/latest') ? `${path}?purpose=TREAT` : path)

function typeOf({ body }: Operation): Record<string, string> {
  return body === null ? {} : { 'content-type': body.type }
}

const bodyOf = ({ body }: Operation): Uint8Array | undefined =>
  body === null ? undefined : body.type === 'application/json' ? text('{}') : text('x')

async function expectRefused(answer: Response, operation: Operation, world: TestClinic): Promise<string> {
  expect(answer.status).toBeGreaterThanOrEqual(400)
  const code = await problemCode(answer)
  expect(world.faults).toEqual([])
  expect([...codesOf(operation), 'request/method']).toContain(code)
  return code
}

describe.each(all)('%s under hostile input', (_name, operation) => {
  it('is refused with a documented code, whatever is wrong', async () => {
    const world = await testClinic()
    const device = await world.enrol()
    const path = filled(operation, device)
    const send = (
      method: string,
      at: string,
      body = bodyOf(operation),
      type = typeOf(operation),
    ): Promise<Response> => world.as(device, method, at, body, type)
    expect(await expectRefused(await send(operation.method, `${path}?unknown=1`), operation, world)).toBe(
      'request/invalid',
    )
    expect(
      await expectRefused(await send(operation.method, `${path}?after=1&after=1`), operation, world),
    ).toBe('request/invalid')
    const bad = operation.path.replaceAll(/\{\w+\}/g, '%00')
    if (bad !== operation.path) await expectRefused(await send(operation.method, bad), operation, world)
    const hasHead = operations.some(one => one.method === 'HEAD' && one.path === operation.path)
    const others = operation.path.startsWith('/v1/') && !hasHead ? ['HEAD'] : []
    for (const method of ['POST', 'OPTIONS', 'PATCH', ...others]) {
      const answer = await world.ask(method, path)
      expect([answer.status, answer.headers.get('allow')]).toEqual([
        405,
        expect.stringContaining(operation.method),
      ])
    }
    if (operation.method !== 'GET')
      expect(await expectRefused(await tooLarge(world, operation, device, path), operation, world)).toBe(
        'request/too-large',
      )
    if (operation.body === null) return
    expect(
      await expectRefused(
        await send(operation.method, path, text('x'), { 'content-type': 'text/plain' }),
        operation,
        world,
      ),
    ).toBe('request/media-type')
    const zipped = { ...typeOf(operation), 'content-encoding': 'gzip' }
    expect(await expectRefused(await send(operation.method, path, text('x'), zipped), operation, world)).toBe(
      'request/media-type',
    )
    await expectRefused(await send(operation.method, path, new Uint8Array()), operation, world)
    if (operation.body.type !== 'application/json') return
    for (const body of [
      '',
      '{',
      '[]',
      'null',
      '{"v":1,"v":1}',
      '{"v":2}',
      '\ufeff{}',
      '{"__proto__":1}',
      '{"v":1}x',
    ])
      expect(await expectRefused(await send(operation.method, path, text(body)), operation, world)).toBe(
        'request/invalid',
      )
  })
})

describe.each(all.filter(([, { auth }]) => auth !== 'open'))('%s', (_name, operation) => {
  it('checks the signature before anything else happens', async () => {
    const world = await testClinic()
    const device = await world.enrol()
    const path = withQuery(filled(operation, device))
    const body = bodyOf(operation)
    const type = typeOf(operation)
    const good = { ...(await device.headers(operation.method, path, body)) }
    const send = (headers: Record<string, string>): Promise<Response> =>
      world.ask(operation.method, path, {
        headers: { ...type, ...headers },
        ...(body === undefined ? {} : { body: new Uint8Array(body) }),
      })
    const expectCode = async (code: string, headers: Record<string, string>): Promise<void> =>
      expect(await expectRefused(await send(headers), operation, world)).toBe(code)
    if (operation.auth !== 'sender') await expectCode('signature/missing', {})
    await expectCode('signature/malformed', { ...good, 'signature-input': 'sig=()' })
    const elsewhere = { ...(await device.headers(operation.method, `${path}?`, body)) }
    if (operation.path !== '/v1/devices/{kid}' || operation.method === 'DELETE')
      await expectCode('signature/wrong', elsewhere)
    const stranger = createDeviceClient(origin, { clock: world.clock, random: systemRandom })
    const unknown = { ...(await stranger.headers(operation.method, path, body)) }
    const isEnrolment = operation.method === 'PUT' && operation.auth === 'self'
    if (!isEnrolment) await expectCode('signature/unknown-key', unknown)
    world.clock.advance(61_000)
    await expectCode('signature/stale', good)
  })
})

/** A GET of the Fetch standard has no body: that is asked through a socket. */
function tooLarge(
  world: TestClinic,
  operation: Operation,
  device: TestDevice,
  path: string,
): Promise<Response> {
  const body = new Uint8Array((operation.body?.maxBytes ?? 0) + 1)
  return world.as(device, operation.method, path, body, operation.body === null ? octets : typeOf(operation))
}

describe('signatures at the server', () => {
  it('take a nonce once', async () => {
    const world = await testClinic()
    const device = await world.enrol()
    const headers = { ...(await device.headers('GET', '/v1/entries')) }
    expect((await world.ask('GET', '/v1/entries', { headers })).status).toBe(200)
    expect(await problemCode(await world.ask('GET', '/v1/entries', { headers }))).toBe('signature/replayed')
  })

  it('say the time of the clinic when they are stale', async () => {
    const world = await testClinic()
    const device = await world.enrol()
    const headers = { ...(await device.headers('GET', '/v1/entries')) }
    world.clock.advance(61_000)
    const answer = await world.ask('GET', '/v1/entries', { headers })
    expect(await answer.json()).toMatchObject({ code: 'signature/stale', now_ms: world.clock.nowMs() })
  })

  it('cover the body that arrives', async () => {
    const world = await testClinic()
    const device = await world.enrol()
    const path = `/v1/mailboxes/${device.mailbox}/${name16()}`
    const headers = { ...octets, ...(await device.headers('PUT', path, text('one'))) }
    expect(await problemCode(await world.ask('PUT', path, { headers, body: 'two' }))).toBe('signature/digest')
    const list = await world.as(device, 'GET', `/v1/mailboxes/${device.mailbox}`)
    expect((await list.json()).messages).toEqual([])
  })

  it('do not use a nonce up that somebody else wrote into a wrong one', async () => {
    const world = await testClinic()
    const device = await world.enrol()
    const good = { ...(await device.headers('GET', '/v1/entries')) }
    const { signature } = { ...(await device.headers('GET', '/v1/clinic')) }
    expect(
      await problemCode(await world.ask('GET', '/v1/entries', { headers: { ...good, signature } })),
    ).toBe('signature/wrong')
    expect((await world.ask('GET', '/v1/entries', { headers: good })).status).toBe(200)
  })
})

describe('limits of rate', () => {
  const rates = {
    open: { perSecond: 1, burst: 2 },
    claimed: { perSecond: 100, burst: 100 },
    signed: { perSecond: 1, burst: 3 },
  }

  it('let whoever is refused wait for the answer', async () => {
    const world = await testClinic({ app: { rates, lateMs: 60 } })
    const ask = async (): Promise<readonly [status: number, ms: number]> => {
      const start = performance.now()
      const { status } = await world.ask('GET', '/v1/clinic')
      return [status, performance.now() - start]
    }
    for (let i = 0; i < 2; i++) await ask()
    const [status, ms] = await ask()
    expect(status).toBe(429)
    expect(ms).toBeGreaterThanOrEqual(29)
  })

  it('hold for a network, and leave devices alone', async () => {
    const world = await testClinic({ app: { rates } })
    const device = await world.enrol()
    const statuses: number[] = []
    for (let i = 0; i < 4; i++) statuses.push((await world.ask('GET', '/v1/clinic')).status)
    expect(statuses).toEqual([200, 200, 429, 429])
    expect((await world.as(device, 'GET', '/v1/entries')).status).toBe(200)
    const refused = await world.ask('GET', '/nothing')
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '1'])
    expect(await refused.json()).toMatchObject({ code: 'request/too-many', retry_ms: 1_000 })
    expect((await world.ask('GET', '/readyz')).status).toBe(200)
    world.clock.advance(1_000)
    expect((await world.ask('GET', '/v1/clinic')).status).toBe(200)
  })

  it('hold for a device, and leave others alone', async () => {
    const world = await testClinic({ app: { rates } })
    const [device, other] = [await world.enrol(), await world.enrol()]
    const statuses: number[] = []
    for (let i = 0; i < 4; i++) statuses.push((await world.as(device, 'GET', '/v1/entries')).status)
    expect(statuses).toEqual([200, 200, 429, 429])
    expect((await world.as(other, 'GET', '/v1/entries')).status).toBe(200)
  })
})

describe('any request', () => {
  it('gets an answer that is not a fault', async () => {
    const world = await testClinic()
    const device = await world.enrol()
    const pieces = fc.constantFrom(
      'v1',
      'log',
      'tile',
      'mailboxes',
      'slots',
      device.mailbox,
      name16(),
      '..',
      '%2e%2e',
      '%00',
      'x'.repeat(300),
      '',
      'entries',
      'checkpoint',
      '.p',
      '💊',
      '0',
      '000',
    )
    const requests = fc.record({
      method: fc.constantFrom('GET', 'PUT', 'DELETE', 'POST'),
      path: fc.array(pieces, { maxLength: 6 }).map(parts => `/${parts.join('/')}`),
      query: fc.constantFrom('', '?', '?after=-1', '?limit=1e3', '?after=0&limit=501', '?%', '?=&='),
      isSigned: fc.boolean(),
      body: fc.option(fc.uint8Array({ maxLength: 40 })),
    })
    const law = fc.asyncProperty(requests, async ({ method, path, query, isSigned, body }) => {
      const target = new URL(`${path}${query}`.replace(/^\/+/, '/'), origin)
      const at = target.href.slice(origin.length)
      const bytes = method === 'GET' || body === null ? undefined : body
      const answer = isSigned
        ? await world.as(device, method, at, bytes)
        : await world.ask(
            method,
            at,
            bytes === undefined ? {} : { body: new Uint8Array(bytes), headers: octets },
          )
      expect(answer.status).not.toBe(500)
      expect(answer.headers.get('content-security-policy')).not.toBeNull()
    })
    await fc.assert(law, propertyRuns(500, 150))
    expect(world.faults).toEqual([])
  })
})

describe('codes', () => {
  it('are documented in the table of the specification, each with its status', async () => {
    const { readFile } = await import('node:fs/promises')
    const { problems } = await import('../dist/http/problems.js')
    const page = await readFile('../../docs/spec/clinic-api.md', 'utf8')
    const rows = page.split('\n').filter(line => line.startsWith('|'))
    const isThere = (code: (typeof problemCodes)[number]): boolean =>
      rows.some(row => row.includes(`\`${code}\``) && row.includes(`| ${problems[code].status} |`))
    const missing = problemCodes.filter(code => !isThere(code))
    expect(missing, 'without a row in docs/spec/clinic-api.md').toEqual([])
  })
})
