import { describe, expect, it } from 'vitest'
import { name16, octets, origin, problemCode, startMs, type TestClinic, testClinic } from './api-world.js'

describe('first contact', () => {
  it('tells what the clinic is, its clock and its limits', async () => {
    const { ask } = await testClinic()
    const answer = await (await ask('GET', '/v1/clinic')).json()
    expect(answer).toMatchObject({
      v: 1,
      name: 'Test clinic',
      origin,
      now_ms: startMs,
      roster_seq: null,
      console: null,
    })
    expect(answer.log).toMatchObject({ origin: 'clinic.example/log', policy: null })
  })

  it('is ready until it stops', async () => {
    const { ask, clinic } = await testClinic()
    expect((await ask('GET', '/livez')).status).toBe(200)
    expect((await ask('GET', '/readyz')).status).toBe(200)
    clinic.stop()
    const answer = await ask('GET', '/readyz')
    expect([answer.status, answer.headers.get('connection')]).toEqual([503, 'close'])
  })

  it('gives every answer the strict headers, refusals too', async () => {
    const { ask } = await testClinic()
    for (const path of ['/v1/clinic', '/nothing', '/v1/events', '/livez']) {
      const { headers } = await ask('GET', path)
      expect(headers.get('content-security-policy')).toBe(
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' blob:; media-src 'self' blob:; connect-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types chartseal",
      )
      expect(headers.get('x-content-type-options')).toBe('nosniff')
      expect(headers.get('strict-transport-security')).toMatch(/^max-age=/)
      expect(headers.get('cross-origin-opener-policy')).toBe('same-origin')
    }
  })
})

describe('slots', () => {
  const path = (): string => `/v1/slots/${name16()}/offer`
  const put = ({ ask }: TestClinic, at: string, body: string): Promise<Response> =>
    ask('PUT', at, { body, headers: octets })

  it('give a step out once', async () => {
    const world = await testClinic()
    const at = path()
    expect(await problemCode(await world.ask('GET', at))).toBe('slot/empty')
    expect(await (await put(world, at, 'offer')).json()).toEqual({ kept_ms: 600_000 })
    expect((await put(world, at, 'offer')).status).toBe(200)
    expect(await problemCode(await put(world, at, 'other'))).toBe('slot/conflict')
    expect(await (await world.ask('GET', at)).text()).toBe('offer')
    expect(await problemCode(await world.ask('GET', at))).toBe('slot/read')
    expect((await put(world, at, 'offer')).status).toBe(200)
    expect(await problemCode(await world.ask('GET', at))).toBe('slot/read')
  })

  it('forget a step after ten minutes', async () => {
    const world = await testClinic()
    const at = path()
    await put(world, at, 'offer')
    world.clock.advance(600_000)
    expect(await problemCode(await world.ask('GET', at))).toBe('slot/empty')
  })

  it('wake a reader who waits', async () => {
    const world = await testClinic()
    const at = path()
    const waiting = world.ask('GET', `${at}?wait=25`)
    await put(world, at, 'offer')
    expect(await (await waiting).text()).toBe('offer')
  })

  it('take sixteen steps', async () => {
    const world = await testClinic()
    const slot = name16()
    for (let i = 0; i < 16; i++) expect((await put(world, `/v1/slots/${slot}/s${i}`, 'x')).status).toBe(200)
    expect(await problemCode(await put(world, `/v1/slots/${slot}/s16`, 'x'))).toBe('slot/full')
  })
})
