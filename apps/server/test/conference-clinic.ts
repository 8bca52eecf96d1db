/** A clinic with a conference that goes on. */
import { expect } from 'vitest'
import { asJson, name16, type TestClinic, type TestDevice, text } from './api-world.js'
import { type FakeHost, host, patient } from './conference-world.js'
import { type Served, served } from './sockets-world.js'

export const day = 86_400_000
export const pathOf = (id: string): string => `/v1/conferences/${id}`

export async function put(world: TestClinic, device: TestDevice, id: string, forMs = day): Promise<Response> {
  const body = text(JSON.stringify({ v: 1, until_ms: world.clock.nowMs() + forMs }))
  return world.as(device, 'PUT', pathOf(id), body, asJson)
}

export async function ticketOf(world: TestClinic, device: TestDevice, id: string): Promise<string> {
  const answer = await put(world, device, id)
  expect(answer.status).toBe(200)
  return (await answer.json()).ticket
}

export interface Begun extends Served {
  readonly device: TestDevice
  readonly id: string
  readonly host: FakeHost
  join(): ReturnType<typeof patient>
}

export async function begun(options: Parameters<typeof served>[3] = {}): Promise<Begun> {
  const world = await served({}, 30_000, {}, options)
  const device = await world.enrol('doctor')
  const id = name16()
  const fake = await host(world.port, id, await ticketOf(world, device, id))
  return { ...world, device, id, host: fake, join: () => patient(world.port, id, world.clock.nowMs()) }
}
