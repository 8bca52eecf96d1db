import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { encodeBase64Url } from '@chartseal/core/encoding'
import { systemRandom } from '@chartseal/core/system'
import { encodeToRelay } from '@chartseal/elgamal-session/relay'
import { fixedClock, patience } from '@chartseal/testkit'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { Hosted } from '../dist/conference/hosted.js'
import type { Peer } from '../dist/conference/peer.js'
import { Strangers } from '../dist/conference/strangers.js'
import { dataPaths } from '../dist/data-folder.js'
import { name16, type TestDevice } from './api-world.js'
import { day, ticketOf } from './conference-clinic.js'
import { broadcast, connect, type FakeHost, header, host, patient, subprotocols } from './conference-world.js'
import { type Served, served } from './sockets-world.js'

/** 124 bytes, as a doctor's end is: header, incarnation, hash, time, signature. */
const end = new Uint8Array([...header(60, 8, 1), ...new Uint8Array(108).fill(9)])
const hexOf = (id: string): string => Buffer.from(id, 'base64url').toString('hex')

interface Begun {
  readonly id: string
  readonly host: FakeHost
}

async function begun(world: Served, device: TestDevice): Promise<Begun> {
  const id = name16()
  return { id, host: await host(world.port, id, await ticketOf(world, device, id)) }
}

const isEnded = async ({ clinic }: Served, id: string): Promise<boolean> =>
  (await clinic.store.conferences.find(id))?.endedMs !== null

async function endsOf(world: Served, device: TestDevice): Promise<number> {
  const { decodeAccessEntry } = await import('@chartseal/audit/access')
  const { entries } = await (await world.as(device, 'GET', '/v1/entries')).json()
  const acts = entries.map(
    ({ entry }: { entry: string }) => decodeAccessEntry(Buffer.from(entry, 'base64url')).act,
  )
  return acts.filter((act: string) => act === 'conference-ended').length
}

function newGate(): { readonly gate: Promise<void>; open(): void } {
  let open = (): void => undefined
  const gate = new Promise<void>(resolve => {
    open = resolve
  })
  return { gate, open: () => open() }
}

describe('a conference that its host has ended', () => {
  it('gives that word from the store on a server without its files, as any other on this database', async () => {
    const world = await served()
    const { id, host } = await begun(world, await world.enrol('doctor'))
    host.say({ kind: 'end', frame: end })
    await vi.waitFor(async () => expect(await isEnded(world, id)).toBe(true), patience)
    const { conferences } = dataPaths(world.folder)
    rmSync(join(conferences, `${hexOf(id)}.end`))
    const late = await patient(world.port, id, world.clock.nowMs())
    await vi.waitFor(() => expect(late.closed?.code).toBe(1000), patience)
    expect([late.frames[0], late.refusal()?.reason]).toEqual([end, 'ended'])
  })

  it('gives the word of the host to whoever comes within a day, and then the refusal', async () => {
    const world = await served()
    const device = await world.enrol('doctor')
    const { id, host } = await begun(world, device)
    host.say({ kind: 'end', frame: end })
    await vi.waitFor(async () => expect(await isEnded(world, id)).toBe(true), patience)
    for (let i = 0; i < 2; i++) {
      const late = await patient(world.port, id, world.clock.nowMs())
      await vi.waitFor(() => expect(late.closed?.code).toBe(1000), patience)
      expect(late.frames).toHaveLength(2)
      expect([late.frames[0], late.refusal()?.reason]).toEqual([end, 'ended'])
    }
    const { conferences } = dataPaths(world.folder)
    expect(readdirSync(conferences)).toContain(`${hexOf(id)}.end`)
    world.clock.advance(2 * day)
    await world.clinic.store.purge(world.clock.nowMs(), { keepAcknowledgedMs: 0, keepInvitationsMs: 0 })
    expect(await world.clinic.conferences.sweep()).toBe(1)
    expect(readdirSync(conferences).filter(name => name.startsWith(hexOf(id)))).toEqual([])
  })

  it('gives what was said just before to those who are here', async () => {
    const world = await served()
    const { id, host } = await begun(world, await world.enrol('doctor'))
    const client = await patient(world.port, id, world.clock.nowMs())
    await vi.waitFor(() => expect(host.members).toBe(1), patience)
    for (const sequence of [1, 2, 3]) host.publish(sequence)
    host.say({ kind: 'end', frame: end })
    await vi.waitFor(() => expect(client.closed?.code).toBe(1000), patience)
    expect([client.numbers(), client.frames.at(-1)]).toEqual([[1, 2, 3], end])
  })

  it('has ended, too, when the process died before that was written down', async () => {
    const world = await served()
    const device = await world.enrol('doctor')
    const id = name16()
    const ticket = await ticketOf(world, device, id)
    writeFileSync(join(dataPaths(world.folder).conferences, `${hexOf(id)}.end`), end)
    const late = await patient(world.port, id, world.clock.nowMs())
    await vi.waitFor(() => expect([late.frames[0], late.closed?.code]).toEqual([end, 1000]), patience)
    expect((await host(world.port, id, ticket)).client.closed?.code).toBe(1000)
    await vi.waitFor(async () => expect(await isEnded(world, id)).toBe(true), patience)
    expect(await endsOf(world, device)).toBe(1)
  })

  it('keeps nothing that is no end', async () => {
    const world = await served()
    const { id, host } = await begun(world, await world.enrol('doctor'))
    host.say({ kind: 'end', frame: broadcast(1) })
    await vi.waitFor(async () => expect(await isEnded(world, id)).toBe(true), patience)
    expect(existsSync(join(dataPaths(world.folder).conferences, `${hexOf(id)}.end`))).toBe(false)
    const late = await patient(world.port, id, world.clock.nowMs())
    await vi.waitFor(() => expect(late.closed?.code).toBe(1000), patience)
    expect(late.frames).toHaveLength(1)
  })

  it('is in the log once, whoever else ends it at that moment', async () => {
    const world = await served()
    const device = await world.enrol('doctor')
    const { id, host } = await begun(world, device)
    const { gate, open } = newGate()
    const record = world.clinic.log.record.bind(world.clinic.log)
    const recorded = vi.spyOn(world.clinic.log, 'record').mockImplementation(async entry => {
      await gate
      return record(entry)
    })
    host.say({ kind: 'end', frame: end })
    await vi.waitFor(() => expect(recorded).toHaveBeenCalledTimes(1), patience)
    const take = vi.spyOn(world.clinic.turns, 'take')
    const deleting = world.as(device, 'DELETE', `/v1/conferences/${id}`)
    await vi.waitFor(() => expect(take).toHaveBeenCalled(), patience)
    // Nothing is waited for: a second entry would be made meanwhile.
    await new Promise(resolve => setTimeout(resolve, 100))
    open()
    expect((await deleting).status).toBe(204)
    expect(await isEnded(world, id)).toBe(true)
    expect(recorded.mock.calls.filter(([{ act }]) => act === 'conference-ended')).toHaveLength(1)
  })

  it('is written down, though another one cannot be', async () => {
    const world = await served()
    const device = await world.enrol('doctor')
    const [first, second] = [await begun(world, device), await begun(world, device)]
    const record = world.clinic.log.record.bind(world.clinic.log)
    const recorded = vi.spyOn(world.clinic.log, 'record').mockImplementation(async entry => {
      if (entry.ids.includes(first.id)) throw new Error('the disk is full')
      return record(entry)
    })
    first.host.say({ kind: 'end', frame: end })
    await vi.waitFor(() => expect(recorded).toHaveBeenCalled(), patience)
    second.host.say({ kind: 'end', frame: end })
    await vi.waitFor(async () => expect(await isEnded(world, second.id)).toBe(true), patience)
    expect(await isEnded(world, first.id)).toBe(false)
    recorded.mockRestore()
    await vi.waitFor(async () => expect(await isEnded(world, first.id)).toBe(true), patience)
  })
})

interface FakePeer extends Pick<Peer, 'write' | 'close'> {
  isOpen: boolean
  readonly frames: Uint8Array[]
  readonly closed: number[]
}

function fakePeer(): FakePeer & Peer {
  const peer = {
    isOpen: true,
    frames: [] as Uint8Array[],
    closed: [] as number[],
    pendingBytes: 0,
    write: (payloads: readonly Uint8Array[]) => peer.frames.push(...payloads),
    close: (code: number) => {
      peer.isOpen = false
      peer.closed.push(code)
    },
    gather: () => undefined,
    allow: () => undefined,
    onMessage: () => undefined,
    onDrain: () => undefined,
    onClose: () => undefined,
  }
  return Object(peer)
}

async function hosted(keepEnd: () => Promise<void> = async () => undefined) {
  const folder = mkdtempSync(join(tmpdir(), 'chartseal-hosted-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const faults: unknown[] = []
  const one = await Hosted.open({
    id: encodeBase64Url(systemRandom.bytes(16)),
    file: join(folder, 'x.frames'),
    maxBytes: 1e6,
    policy: {},
    counters: { delivered: () => undefined, refused: () => undefined },
    clock: fixedClock(1),
    random: systemRandom,
    hasRoom: () => true,
    keepEnd,
    onEnd: () => undefined,
    onFault: error => void faults.push(error),
  })
  return { one, faults }
}

describe('a conference that is about to close', () => {
  it.each([
    ['restart', 1012],
    ['ended', 1000],
    ['elsewhere', 1013],
  ] as const)('takes no host any more, and says so: %s', async (reason, code) => {
    const { one, faults } = await hosted()
    const stopping = one.stop(reason, 1)
    const peer = fakePeer()
    const say = one.attach(peer)
    await stopping
    say(encodeToRelay({ kind: 'publish', frame: broadcast(1) }))
    await new Promise(resolve => setImmediate(resolve))
    expect([peer.closed, peer.frames, one.counts().hasCore, faults]).toEqual([[code], [], false, []])
  })

  it('tells its patients the word of the host first, though it is ended otherwise as well', async () => {
    const { gate, open } = newGate()
    const { one } = await hosted(() => gate)
    const [doctor, someone] = [fakePeer(), fakePeer()]
    const say = one.attach(doctor)
    one.join(someone, new Uint8Array(16))
    say(encodeToRelay({ kind: 'end', frame: end }))
    const stopping = one.stop('ended', 1)
    expect(someone.frames).toEqual([])
    open()
    await stopping
    expect([someone.frames[0], someone.closed, doctor.closed]).toEqual([end, [1000], [1000]])
  })

  it('tells those who are here, though the end cannot be kept', async () => {
    const { one, faults } = await hosted(() => Promise.reject(new Error('no space')))
    const [doctor, someone] = [fakePeer(), fakePeer()]
    const say = one.attach(doctor)
    one.join(someone, new Uint8Array(16))
    say(encodeToRelay({ kind: 'end', frame: end }))
    await vi.waitFor(() => expect(someone.frames[0]).toEqual(end), patience)
    expect(faults).toHaveLength(1)
    await one.stop('ended', 1)
  })

  it('has no host in one who has gone while the ticket was looked at', async () => {
    const { one } = await hosted()
    const [gone, here] = [fakePeer(), fakePeer()]
    one.attach(here)
    gone.isOpen = false
    one.attach(gone)
    expect([here.closed, one.counts().hasCore]).toEqual([[], true])
    await one.stop('restart', 1)
  })
})

describe('hosts that have shown no ticket', () => {
  it('go when the server stops', async () => {
    const world = await served()
    const device = await world.enrol('doctor')
    const id = name16()
    await ticketOf(world, device, id)
    const silent = await connect(world.port, id, subprotocols.host)
    await world.clinic.conferences.stop()
    await vi.waitFor(() => expect(silent.closed?.code).toBe(1012), patience)
    const late = await connect(world.port, id, subprotocols.host)
    await vi.waitFor(() => expect(late.closed?.code).toBe(1013), patience)
  })

  it('are told to come again where the ticket cannot be looked at', async () => {
    const world = await served()
    const device = await world.enrol('doctor')
    const id = name16()
    const ticket = await ticketOf(world, device, id)
    vi.spyOn(world.clinic.store.conferences, 'takeTicket').mockRejectedValue(new Error('no database'))
    expect((await host(world.port, id, ticket)).client.closed?.code).toBe(1013)
  })

  it('leave room for those of other conferences, however many ask for one', async () => {
    const world = await served()
    const device = await world.enrol('doctor')
    const stored = await Promise.all(
      [name16(), name16()].map(async id => {
        await ticketOf(world, device, id)
        return world.clinic.store.conferences.find(id)
      }),
    )
    const [crowded, other] = stored
    if (crowded == null || other == null) throw new Error('no conference')
    for (let i = 0; i < 300; i++) world.clinic.conferences.host(crowded, fakePeer(), `network ${i}`)
    const [newest, doctor] = [fakePeer(), fakePeer()]
    world.clinic.conferences.host(crowded, newest, 'network')
    world.clinic.conferences.host(other, doctor, 'network')
    expect([newest.closed, doctor.closed]).toEqual([[], []])
  })

  it('of one conference push out each other, and nobody else', () => {
    const strangers = new Strangers()
    const [other, own] = [fakePeer(), Array.from({ length: 300 }, () => fakePeer())]
    const leave = strangers.add(other, 'other', 'network')
    const leaves = own.map((peer, i) => strangers.add(peer, 'own', `network ${i}`))
    expect(leaves).not.toContain(null)
    expect([strangers.size, other.closed]).toEqual([33, []])
    expect(own.map(({ closed }) => closed.length)).toEqual([...Array(268).fill(1), ...Array(32).fill(0)])
    expect(strangers.add(fakePeer(), 'third', 'network 299')).not.toBeNull()
    for (const one of [leave, leave, ...leaves, ...leaves]) one?.()
    expect(strangers.size).toBe(1)
    strangers.endAll(1)
    expect(strangers.size).toBe(0)
  })

  it('of one network are sixteen, whatever they ask for', () => {
    const strangers = new Strangers()
    const taken = Array.from({ length: 20 }, (_, i) =>
      strangers.add(fakePeer(), `conference ${i}`, 'network'),
    )
    expect(taken.filter(one => one !== null)).toHaveLength(16)
  })
})
