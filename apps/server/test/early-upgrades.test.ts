/** WebSockets of conferences that come before there is a clinic. */
import { connect } from 'node:net'
import { systemClock, systemRandom } from '@chartseal/core/system'
import { patience } from '@chartseal/testkit'
import { expect, it, onTestFinished, vi } from 'vitest'
import { subprotocols } from '../dist/conference/web-sockets.js'
import { requestError } from '../dist/errors.js'
import { type EarlyLimits, EarlyUpgrades } from '../dist/http/early-upgrades.js'
import type { TakeUpgrade } from '../dist/http/read-again.js'
import { answerWithoutClinic } from '../dist/http/without-clinic.js'
import { createListener, listen } from '../dist/listen.js'
import { name16 } from './api-world.js'
import { codeIn, raw, statusOf } from './sockets-world.js'

const upgrade = (path: string, role: keyof typeof subprotocols = 'patient'): string =>
  `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Protocol: ${subprotocols[role]}\r\n\r\n`
const conference = (): string => `/v1/conferences/${name16()}`

interface Starting {
  readonly early: EarlyUpgrades
  readonly port: number
  /** Paths, in the order in which the server got them. */
  readonly came: readonly string[]
}

async function starting(limits: Partial<EarlyLimits> = {}): Promise<Starting> {
  const early = new EarlyUpgrades(limits)
  const came: string[] = []
  const world = { clock: systemClock, random: systemRandom }
  const server = createListener(
    request => answerWithoutClinic(world, request, requestError('server/starting', { retryMs: 1_000 })),
    undefined,
    (request, ...rest) => {
      came.push(request.url ?? '')
      return early.take(request, ...rest)
    },
  )
  onTestFinished(() => {
    early.end()
    server.closeAllConnections()
    server.close()
  })
  return { early, came, port: await listen(server, '127.0.0.1', 0) }
}

const takenInto =
  (taken: string[]): TakeUpgrade =>
  ({ url = '' }, socket, head) => {
    taken.push(url)
    socket.end(`taken ${head}`)
    return true
  }

it('wait for it, and are taken in the order in which they came', async () => {
  const { early, port, came } = await starting()
  const answers = Array.from({ length: 80 }, (_, i) => raw(port, upgrade(conference()), `head ${i}`))
  await vi.waitFor(() => expect(early.size).toBe(answers.length), patience)
  const taken: string[] = []
  early.open({ take: takenInto(taken), hasHost: () => true })
  expect((await Promise.all(answers)).every(answer => /^taken (head \d+)?$/.test(answer))).toBe(true)
  expect(taken).toEqual(came)
  const late = conference()
  expect(await raw(port, upgrade(late))).toMatch(/^taken/)
  expect([taken.at(-1), early.size]).toEqual([late, 0])
})

it('wait for the host of their conference, and others do not', async () => {
  const { early, port } = await starting({ few: 1 })
  const [one, other] = [conference(), conference()]
  const taken: string[] = []
  const hosts = new Set<string>()
  const all = [one, other].map(path => raw(port, upgrade(path)))
  await vi.waitFor(() => expect(early.size).toBe(2), patience)
  early.open({ take: takenInto(taken), hasHost: id => hosts.has(id) })
  expect(early.size).toBe(2)
  expect(await raw(port, upgrade(one, 'host'))).toMatch(/^taken/)
  hosts.add(one.slice('/v1/conferences/'.length))
  expect(await all[0]).toMatch(/^taken/)
  expect([taken, early.size]).toEqual([[one, one], 1])
})

it('do not wait for a host where they are few', async () => {
  const { early, port } = await starting()
  const paths = [conference(), conference()]
  const taken: string[] = []
  const first = raw(port, upgrade(paths[0] ?? ''))
  await vi.waitFor(() => expect(early.size).toBe(1), patience)
  early.open({ take: takenInto(taken), hasHost: () => false })
  expect(await first).toMatch(/^taken/)
  expect(await raw(port, upgrade(paths[1] ?? ''))).toMatch(/^taken/)
  expect(taken).toEqual(paths)
})

it('do not wait for a host for long', async () => {
  const { early, port } = await starting({ few: -1, hostWaitMs: 100 })
  const taken: string[] = []
  early.open({ take: takenInto(taken), hasHost: () => false })
  const [one, other] = [conference(), conference()]
  expect(await raw(port, upgrade(one))).toMatch(/^taken/)
  expect(await raw(port, upgrade(other))).toMatch(/^taken/)
  expect(taken).toEqual([one, other])
})

it('are refused by name where too many wait, as everything else is', async () => {
  const { early, port } = await starting({ most: 1 })
  const waiting = raw(port, upgrade(conference()))
  await vi.waitFor(() => expect(early.size).toBe(1), patience)
  for (const path of [conference(), '/v1/events', '/v1/conferences/x']) {
    const answer = await raw(port, upgrade(path).replace('Upgrade\r\n', 'Upgrade, close\r\n'))
    expect([statusOf(answer), codeIn(answer)]).toEqual([503, 'server/starting'])
  }
  early.end()
  expect([await waiting, early.size]).toEqual(['', 0])
})

it('are forgotten when they go, and nothing waits behind the end', async () => {
  const { early, port } = await starting()
  const socket = connect({ port, host: '127.0.0.1' }).on('error', () => undefined)
  socket.write(upgrade(conference()))
  await vi.waitFor(() => expect(early.size).toBe(1), patience)
  socket.resetAndDestroy()
  await vi.waitFor(() => expect(early.size).toBe(0), patience)
  early.end()
  const answer = await raw(port, upgrade(conference()).replace('Upgrade\r\n', 'Upgrade, close\r\n'))
  expect(codeIn(answer)).toBe('server/starting')
})
