import { readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { systemClock, systemRandom } from '@chartseal/core/system'
import { codeOf, fixedClock } from '@chartseal/testkit'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { pageError } from '../dist/clinic/console-files.js'
import { clinicSetupError } from '../dist/clinic/setup.js'
import { commandError } from '../dist/command.js'
import { requestError } from '../dist/errors.js'
import { answerWithoutClinic } from '../dist/http/without-clinic.js'
import { listen, listenError } from '../dist/listen.js'
import { kindOf, seldomLogger } from '../dist/logger.js'
import { storeError } from '../dist/store.js'
import { name16, octets, origin, problemCode, testClinic, text } from './api-world.js'

describe('what fails inside of the server', () => {
  it('in the store passes by itself, and its operator is told the reason', async () => {
    const { as, clinic, enrol, faults } = await testClinic()
    const device = await enrol()
    const path = `/v1/mailboxes/${device.mailbox}/${name16()}`
    for (const error of [
      storeError('store/failed', { reason: 'SQLITE_FULL' }),
      storeError('store/busy', { attempts: 9 }),
    ]) {
      const spy = vi.spyOn(clinic.store, 'inTx').mockRejectedValue(error)
      const answer = await as(device, 'PUT', path, text('x'))
      const { title } = await answer.clone().json()
      // The commit itself may have failed after it was done.
      expect(title).toContain('not known')
      expect([answer.status, answer.headers.get('retry-after'), await problemCode(answer)]).toEqual([
        503,
        '1',
        'server/store',
      ])
      expect(faults.at(-1)).toBe(error)
      spy.mockRestore()
    }
    expect((await as(device, 'PUT', path, text('x'))).status).toBe(200)
  })

  it('as a fault tells a number, and nothing of what it was', async () => {
    const { ask, clinic, faults } = await testClinic()
    vi.spyOn(clinic.store.roster, 'latest').mockRejectedValue(new Error('Rosa at /var/lib'))
    const answer = await ask('GET', '/v1/clinic')
    const body = await answer.text()
    expect([answer.status, faults.length]).toEqual([500, 1])
    expect(body).toContain('server/fault')
    expect(body).not.toMatch(/Rosa|var/)
  })

  it('is written into its log by kind and place, never by its text', () => {
    const kind = kindOf(Object.assign(new TypeError('Rosa at /home/rosa'), { code: 'EACCES' }))
    expect(kind).toMatchObject({ kind: 'TypeError', code: 'EACCES' })
    expect(kind.at).toMatch(/^failures\.test\.ts:\d+$/)
    expect(JSON.stringify(kind)).not.toMatch(/Rosa|home/)
    const full = storeError('store/failed', { reason: 'SQLITE_FULL' })
    expect(kindOf(full)).toMatchObject({ code: 'store/failed', reason: 'SQLITE_FULL' })
    expect(kindOf('thrown')).toEqual({ kind: 'string', code: '', at: '' })
  })

  it('is told once a minute while it lasts, with how often it came', () => {
    const [clock, lines] = [fixedClock(1_000), [] as unknown[]]
    const note = (fields: object, text?: string): void => void lines.push({ ...fields, text })
    const seldom = seldomLogger({ warn: note, error: note }, clock)
    const beat = (): void => seldom.warn({ code: 'files/failed' }, 'it could not go on')
    for (let beats = 0; beats < 119; beats += 1) {
      beat()
      clock.advance(500)
    }
    seldom.error({ code: 'store/failed' }, 'it could not go on')
    expect(lines).toHaveLength(2)
    clock.advance(500)
    beat()
    expect(lines.at(-1)).toEqual({ code: 'files/failed', text: 'it could not go on', unwritten: 118 })
    // A clock that was set back keeps nothing quiet.
    clock.advance(-30_000)
    beat()
    expect(lines).toHaveLength(4)
  })
})

describe('a server that is coming', () => {
  it('lives, and refuses everything else by name, with the headers of every answer', async () => {
    const world = { clock: systemClock, random: systemRandom }
    const ask = (path: string): Response =>
      answerWithoutClinic(
        world,
        new Request(`${origin}${path}`),
        requestError('server/starting', { retryMs: 1_000 }),
      )
    expect(ask('/livez').status).toBe(200)
    for (const path of ['/readyz', '/v1/clinic', '/']) {
      const answer = ask(path)
      expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1'])
      expect(answer.headers.get('content-security-policy')).toMatch(/default-src 'none'/)
      expect(await problemCode(answer)).toBe('server/starting')
    }
  })
})

describe('a server that is going', () => {
  it('opens no stream, and lets nobody wait for a slot', async () => {
    const { as, ask, clinic, enrol } = await testClinic()
    const device = await enrol()
    clinic.stop()
    const answer = await as(device, 'GET', '/v1/events')
    expect([answer.status, answer.headers.get('retry-after'), answer.headers.get('connection')]).toEqual([
      503,
      '2',
      'close',
    ])
    expect(await problemCode(answer)).toBe('server/stopping')
    expect(await problemCode(await ask('GET', `/v1/slots/${name16()}/offer?wait=25`))).toBe('slot/empty')
    expect((await ask('PUT', `/v1/slots/${name16()}/offer`, { body: 'x', headers: octets })).status).toBe(200)
  })
})

describe('a mailbox that nobody fetches', () => {
  it('takes nothing more at its limit, and again after its owner came', async () => {
    const { as, enrol, clinic } = await testClinic({ boxLimits: { maxMessages: 9, maxBytes: 1_000 } })
    const owner = await enrol()
    const path = (): string => `/v1/mailboxes/${owner.mailbox}/${name16()}`
    const first = path()
    const sealed = new Uint8Array(400)
    for (const at of [first, path()]) expect((await as(owner, 'PUT', at, sealed)).status).toBe(200)
    const full = path()
    const { size } = clinic.log
    const refused = await as(owner, 'PUT', full, sealed)
    // Nothing of it is logged.
    expect(clinic.log.size).toBe(size)
    expect([refused.status, await problemCode(refused)]).toEqual([507, 'mailbox/full'])
    expect((await as(owner, 'PUT', first, sealed)).status).toBe(200)
    expect((await as(owner, 'DELETE', first)).status).toBe(204)
    expect((await as(owner, 'PUT', full, sealed)).status).toBe(200)
  })
})

describe('a port that is taken', () => {
  it('is named', async () => {
    const taken = createServer()
    onTestFinished(() => void taken.close())
    const port = await listen(taken, '127.0.0.1', 0)
    expect(await codeOf(() => listen(createServer(), '127.0.0.1', port))).toBe('listen/failed')
  })
})

describe('every code of the server', () => {
  it('is raised by a test', () => {
    const tests = readdirSync('test').filter(name => name.endsWith('.test.ts'))
    const source = tests.map(name => readFileSync(`test/${name}`, 'utf8')).join('\n')
    const codes = [requestError, listenError, commandError, clinicSetupError, pageError].flatMap(
      ({ codes: own }) => own,
    )
    expect(codes.filter(code => !source.includes(code))).toEqual([])
  })
})
