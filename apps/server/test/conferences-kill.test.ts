import { systemClock } from '@chartseal/core/system'
import { patience } from '@chartseal/testkit'
import { expect, it, vi } from 'vitest'
import { name16 } from './api-world.js'
import { type Client, type FakeHost, host, patient, upTo } from './conference-world.js'
import { clinicProcess } from './meeting-world.js'

const clients = 200

/** One after another: these do not come again, as patients do, when a busy server asks them to. */
async function join200(doctor: FakeHost, port: number, id: string): Promise<readonly Client[]> {
  const all: Client[] = []
  for (const count of upTo(clients)) {
    all.push(await patient(port, id, systemClock.nowMs()))
    await vi.waitFor(() => expect(doctor.members).toBe(count), patience)
  }
  return all
}

async function expectAll(all: readonly Client[], numbers: readonly number[]): Promise<void> {
  await vi.waitFor(() => {
    const missing = all.filter(client => client.numbers().at(-1) !== numbers.at(-1)).length
    if (missing > 0) throw new Error(`${missing} have not got everything`)
  }, patience)
  for (const client of all) expect(client.numbers()).toEqual(numbers)
}

it(`a conference of ${clients} outlives a killed server: nothing that was logged is lost, nothing comes twice`, async () => {
  const { server, ticket, killed } = await clinicProcess()
  const id = name16()
  let doctor: FakeHost = await host(server().port, id, await ticket(id))
  let all = await join200(doctor, server().port, id)
  await vi.waitFor(() => expect(doctor.members).toBe(clients), patience)
  for (const sequence of upTo(20)) doctor.publish(sequence)
  await expectAll(all, upTo(20))
  // Somebody who does not read, and one connection too many of the same patient, which the core would drop.
  all[0]?.socket.pause()
  const twin = await patient(server().port, id, systemClock.nowMs())
  await vi.waitFor(() => expect(doctor.members).toBe(clients + 1), patience)
  doctor.say({ kind: 'drop', connection: clients + 1, frame: null })
  await vi.waitFor(() => expect(twin.closed?.code).toBe(1000), patience)

  // Killed in the midst of a burst.
  for (const sequence of upTo(60, 21)) doctor.publish(sequence, 2_000)
  await vi.waitFor(() => expect(doctor.logged.length).toBeGreaterThanOrEqual(25), patience)
  await killed()
  const { logged } = doctor
  doctor = await host(server().port, id, await ticket(id))
  const [first] = doctor.told
  if (first?.kind !== 'attached') throw new Error('not attached')
  expect(Number(first.head)).toBeGreaterThanOrEqual(logged.at(-1) ?? 0)
  for (const sequence of upTo(60)) doctor.publish(sequence, sequence > 20 ? 2_000 : undefined)
  await vi.waitFor(() => expect(doctor.logged).toHaveLength(60), patience)
  expect(doctor.told.some(({ kind }) => kind === 'unlogged')).toBe(false)
  all = await join200(doctor, server().port, id)
  await expectAll(all, upTo(60))

  // Told to end: everybody hears when to come again.
  server().child.kill('SIGTERM')
  expect(await server().ended).toBe(0)
  for (const client of all)
    await vi.waitFor(
      () => expect([client.closed?.code, client.refusal()?.reason]).toEqual([1012, 'restart']),
      patience,
    )
  await vi.waitFor(
    () =>
      expect(doctor.client.closed).toEqual({ code: 1012, reason: expect.stringMatching(/"retry_ms":\d+/) }),
    patience,
  )
  expect(server().printed()).not.toContain(id)
})
