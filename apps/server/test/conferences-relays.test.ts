import { connect, type Socket } from 'node:net'
import { systemClock } from '@chartseal/core/system'
import { patience } from '@chartseal/testkit'
import { expect, it, onTestFinished, vi } from 'vitest'
import { name16 } from './api-world.js'
import { type Client, type FakeHost, hello, host, patient, upTo } from './conference-world.js'
import { clinicProcess, expectEnd, expectNoGap, expectTexts, meeting, said } from './meeting-world.js'
import type { ServerProcess } from './server-process.js'

const count = 60
const two = ['--relays', '2'] as const

/** Those that live, the newest last. */
function relaysOf(server: ServerProcess): readonly number[] {
  const said = server.printed().matchAll(/^relay process (\d+) takes connections/gm)
  return [...said].map(([, pid]) => Number(pid)).filter(isLiving)
}

/** It has gone, and there are two again. */
async function isReplaced(server: ServerProcess, gone: number | undefined): Promise<void> {
  await vi.waitFor(() => {
    const relays = relaysOf(server)
    expect([relays.length, relays.includes(gone ?? 0)]).toEqual([2, false])
  }, patience)
}

function isLiving(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

it(`a relay process that is killed in a broadcast takes no message from any of ${count} patients, and gives none twice`, async () => {
  const world = await meeting(count, two)
  const { doctor, group, person, say, allJoined } = world
  const server = world.server()
  const people = group.seats.map((_, i) => person(i))
  await allJoined(people)
  const [first, second] = relaysOf(server)
  expect([first, second].every(Number.isInteger)).toBe(true)
  say(1, 1)
  await expectTexts(people, said(1, 1))

  say(2, 40)
  process.kill(first ?? 0, 'SIGKILL')
  await expectTexts(people, said(1, 40))
  // Another one has come in its place, and the doctor has noticed nothing.
  await isReplaced(server, first)
  expect(doctor.of('live')).toHaveLength(1)

  say(41, 41)
  await expectTexts(people, said(1, 41))
  expectNoGap(people)
  doctor.input({ kind: 'end' })
  await expectEnd(people)
  const relays = relaysOf(server)
  server.child.kill('SIGTERM')
  expect(await server.ended).toBe(0)
  expect(relays.filter(isLiving)).toEqual([])
})

/** Clients that speak raw frames, and a core that admits everybody. */
async function raw(
  more: readonly string[] = [],
): Promise<{ readonly server: ServerProcess; readonly id: string; readonly doctor: FakeHost }> {
  const clinic = await clinicProcess([...two, ...more])
  const server = clinic.server()
  const id = name16()
  const doctor = await host(server.port, id, await clinic.ticket(id))
  return { server, id, doctor }
}

const join = (server: ServerProcess, id: string): Promise<Client> =>
  patient(server.port, id, systemClock.nowMs())

async function joinMany(
  server: ServerProcess,
  id: string,
  doctor: FakeHost,
  count: number,
): Promise<readonly Client[]> {
  const all = await Promise.all(upTo(count).map(() => join(server, id)))
  await vi.waitFor(() => expect(doctor.members).toBe(count), patience)
  return all
}

it('each of two relay processes has half of the connections; the metrics are sums over them', async () => {
  const { server, id, doctor } = await raw(['--metrics-port', '0'])
  const all = await joinMany(server, id, doctor, 20)
  for (const sequence of upTo(3)) doctor.publish(sequence)
  await vi.waitFor(() => {
    for (const one of all) expect(one.numbers()).toEqual(upTo(3))
  }, patience)
  const [, port] = /metrics at 127\.0\.0\.1:(\d+)/.exec(server.printed()) ?? []
  const metrics = async (): Promise<string> => (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
  await vi.waitFor(async () => {
    const text = await metrics()
    expect(text).toMatch(/^chartseal_conference_members 20$/m)
    expect(text).toMatch(/^chartseal_conference_connections 20$/m)
    expect(text).toMatch(/^chartseal_conference_relays 2$/m)
    expect(text).toMatch(/^chartseal_conference_frames_total 60$/m)
  }, patience)
  process.kill(relaysOf(server)[0] ?? 0, 'SIGKILL')
  await vi.waitFor(() => expect(doctor.members).toBe(10), patience)
  await vi.waitFor(() => expect(all.filter(({ closed }) => closed !== null)).toHaveLength(10), patience)
  // What it had told is not forgotten.
  await vi.waitFor(
    async () => expect(await metrics()).toMatch(/^chartseal_conference_frames_total 60$/m),
    patience,
  )
})

it('a server that is told to end tells those at its relay processes when to come again, also where each process is told', async () => {
  const { server, id, doctor } = await raw()
  const all = await joinMany(server, id, doctor, 6)
  const relays = relaysOf(server)
  for (const pid of relays) process.kill(pid, 'SIGTERM')
  for (const pid of relays) process.kill(pid, 'SIGINT')
  doctor.publish(1)
  await vi.waitFor(() => {
    for (const one of all) expect(one.numbers()).toEqual([1])
  }, patience)
  server.child.kill('SIGTERM')
  expect(await server.ended).toBe(0)
  for (const one of all)
    await vi.waitFor(
      () => expect([one.closed?.code, one.refusal()?.reason]).toEqual([1012, 'restart']),
      patience,
    )
  expect(relays.filter(isLiving)).toEqual([])
  expect(server.printed()).not.toContain(id)
})

it('relay processes end with a server that was killed, and tell everybody to come again', async () => {
  const { server, id, doctor } = await raw()
  const all = await joinMany(server, id, doctor, 6)
  const relays = relaysOf(server)
  server.child.kill('SIGKILL')
  for (const one of all) await vi.waitFor(() => expect(one.closed?.code).toBe(1012), patience)
  await vi.waitFor(() => expect(relays.filter(isLiving)).toEqual([]), patience)
})

it('a relay process that is stuck is ended and replaced, and the other one takes who comes meanwhile', async () => {
  const { server, id, doctor } = await raw()
  const all = await joinMany(server, id, doctor, 6)
  const [stuck = 0] = relaysOf(server)
  process.kill(stuck, 'SIGSTOP')
  onTestFinished(() => {
    if (isLiving(stuck)) process.kill(stuck, 'SIGKILL')
  })
  await vi.waitFor(() => expect(doctor.members).toBe(3), patience)
  await vi.waitFor(() => expect(all.filter(({ closed }) => closed !== null)).toHaveLength(3), patience)
  await isReplaced(server, stuck)
  for (const _ of upTo(3)) await join(server, id)
  await vi.waitFor(() => expect(doctor.members).toBe(6), patience)
})

it('gives a relay process what a client has sent right behind its request', async () => {
  const { server, id, doctor } = await raw()
  const { bytes, client, got } = rawClient(server, id)
  client.write(bytes.subarray(0, -20))
  await new Promise(resolve => setImmediate(resolve))
  client.write(bytes.subarray(-20))
  await vi.waitFor(() => expect(doctor.members).toBe(1), patience)
  await vi.waitFor(() => expect(got()).toContain('s3pPLMBiTxaQ9kYGzzhZRbK+xOo='), patience)
})

it('gives a relay process, too, what a client sends while it is being handed over', async () => {
  const { server, id, doctor } = await raw(['--relays', '1'])
  const [pid = 0] = relaysOf(server)
  const { bytes, client } = rawClient(server, id)
  // It takes nothing, and the server has handed it over.
  process.kill(pid, 'SIGSTOP')
  const hello = bytes.length - 137
  client.write(bytes.subarray(0, hello))
  for (let at = hello; at < bytes.length; at += 4) {
    await new Promise(resolve => setTimeout(resolve, 5))
    client.write(bytes.subarray(at, at + 4))
  }
  process.kill(pid, 'SIGCONT')
  await vi.waitFor(() => expect(doctor.members).toBe(1), patience)
})

/** One who sends request and hello at once. */
function rawClient(
  server: ServerProcess,
  id: string,
): { readonly client: Socket; readonly bytes: Buffer; got(): string } {
  const client = connect(server.port, '127.0.0.1')
  onTestFinished(() => void client.destroy())
  let got = ''
  client.setEncoding('latin1').on('data', part => {
    got += part
  })
  const request = [
    `GET /v1/conferences/${id} HTTP/1.1`,
    'Host: localhost',
    'Upgrade: websocket',
    'Connection: Upgrade',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    'Sec-WebSocket-Protocol: chartseal.conference.v2',
  ]
  const text = Buffer.from(`${request.join('\r\n')}\r\n\r\n`)
  return {
    client,
    bytes: Buffer.concat([text, masked(hello(id, systemClock.nowMs()))]),
    got: () => got,
  }
}

/** A binary message of a client (RFC 6455 5.3), under a mask that changes nothing. */
function masked(payload: Uint8Array): Buffer {
  const head = Buffer.alloc(8)
  head.writeUInt8(0x82, 0)
  head.writeUInt8(0x80 | 126, 1)
  head.writeUInt16BE(payload.length, 2)
  return Buffer.concat([head, payload])
}
