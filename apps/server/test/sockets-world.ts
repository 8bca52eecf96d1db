/** A clinic behind a socket, and a client that sends bytes as they are. */
import type http from 'node:http'
import { connect, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'
import type { OpenClinicOptions } from '../dist/clinic/setup.js'
import type { AppOptions } from '../dist/http/app.js'
import { defaultRates } from '../dist/http/handle.js'
import { clinicDoor, Upgrades } from '../dist/http/upgrade.js'
import { createListener, defaultLimits, type ListenLimits, listen } from '../dist/listen.js'
import { type TestClinic, testClinic } from './api-world.js'

export interface Served extends TestClinic {
  readonly port: number
  readonly server: http.Server
}

const roomy: ListenLimits = { ...defaultLimits, headersMs: 30_000, idleMs: 60_000 }

export async function served(
  limits: Partial<ListenLimits> = {},
  bodyMs = 30_000,
  app: Partial<AppOptions> = {},
  clinic: Partial<OpenClinicOptions> = {},
): Promise<Served> {
  const world = await testClinic({ ...clinic, app: { bodyMs, ...app } })
  const upgrades = new Upgrades({
    clock: world.clinic.clock,
    door: clinicDoor(world.clinic),
    rates: defaultRates,
    proxies: null,
    onRequest: note => world.notes.push(note),
    onFault: (_request, error) => world.faults.push(error),
    ...app,
  })
  const server = createListener(
    (request, env) => world.app.fetch(request, env),
    { ...roomy, ...limits },
    (request, socket, head) => upgrades.take(request, socket, head),
  )
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { ...world, server, port: await listen(server, '127.0.0.1', 0) }
}

/** Sends raw bytes, and gives all that comes until the other end closes. */
export function raw(port: number, ...parts: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket: Socket = connect(port, '127.0.0.1')
    let answer = ''
    socket.setEncoding('latin1')
    socket.on('data', chunk => {
      answer += chunk
    })
    socket
      .on('close', () => resolve(answer))
      .on('error', error => (answer === '' ? reject(error) : resolve(answer)))
    for (const part of parts) socket.write(part)
  })
}

export const statusOf = (answer: string): number => Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1])
export const codeIn = (answer: string): unknown =>
  JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4)).code
