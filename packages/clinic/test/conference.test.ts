import { syncBuiltinESMExports } from 'node:module'
import net, { type Server } from 'node:net'
import { defaultDoctorLimits, frameOf, maxBroadcastBytes } from '@chartseal/elgamal-session/interim'
import { codeOf } from '@chartseal/testkit'
import { describe, expect, it, onTestFinished } from 'vitest'
import {
  closed,
  dialled,
  hosted,
  joinAndStall,
  joined,
  keyOf,
  listening,
  patient,
  until,
} from './conference-world.js'

describe('a conference over TCP', () => {
  it('tells every patient what is said, until each leaves, is blocked, or it ends', async () => {
    const { host, events } = await hosted(['Anna', 'Ben', 'Cara'])
    const all = await Promise.all(['Anna', 'Ben', 'Cara'].map(name => joined(host.port, name)))
    const [anna, ben, cara] = all
    if (anna === undefined || ben === undefined || cara === undefined) throw new Error('three are here')
    await until(() => host.members.length === 3)
    host.broadcast('all')
    const texts = (one: typeof anna): readonly string[] =>
      one.events.flatMap(event => (event.kind === 'message' ? [event.text] : []))
    await until(() => all.every(one => texts(one).length === 1))
    await ben.guest.leave()
    expect(ben.guest.reason).toBe('left')
    await until(() => host.members.length === 2)
    host.block(patient('Cara').id)
    await cara.guest.ended
    expect(cara.guest.reason).toBe('blocked')
    host.broadcast('one')
    await until(() => texts(anna).length === 2)
    expect(anna.guest.reason).toBe(null)
    await host.close()
    await anna.guest.ended
    expect(anna.guest.reason).toBe('disconnected')
    expect([texts(anna), texts(ben), texts(cara)]).toEqual([['all', 'one'], ['all'], ['all']])
    expect(events.flatMap(event => (event.kind === 'left' ? [[event.id, event.reason]] : []))).toEqual([
      ['Ben', 'exit'],
      ['Cara', 'blocked'],
      ['Anna', 'ended'],
    ])
  })

  it('counts and times the primitives of both ends', async () => {
    const { host } = await hosted(['Anna'])
    const { guest } = await joined(host.port, 'Anna')
    await until(() => host.members.length === 1)
    for (const rows of [host.performance(), guest.performance()]) {
      expect(rows).toContainEqual({ primitive: 'sign', calls: 1, averageMs: 1 })
    }
  })
})

describe('a host', () => {
  it('refuses a port that is in use with the code of the system, and frees its own', async () => {
    const { host } = await hosted([])
    const { port } = host
    await expect(hosted([], { port })).rejects.toMatchObject({ code: 'EADDRINUSE' })
    await host.close()
    expect(host.port).toBe(0)
    const again = await hosted([], { port })
    expect(again.host.port).toBe(port)
  })

  it('goes on after a connection that the system could not give it', async () => {
    const servers: Server[] = []
    const original = net.createServer
    const restore = (): void => {
      net.createServer = original
      syncBuiltinESMExports()
    }
    onTestFinished(restore)
    const watched = (listener?: (socket: net.Socket) => void): Server => {
      const server = original(listener)
      servers.push(server)
      return server
    }
    Object.assign(net, { createServer: watched })
    syncBuiltinESMExports()
    const { host } = await hosted(['Anna'])
    restore()
    const full = Object.assign(new Error('accept EMFILE'), { code: 'EMFILE' })
    for (let i = 0; i < 3; i++) servers[0]?.emit('error', full)
    await joined(host.port, 'Anna')
    await until(() => host.members.length === 1)
  })

  it('refuses a broadcast that is too long, and goes on', async () => {
    const { host } = await hosted([])
    const long = 'x'.repeat(maxBroadcastBytes + 1)
    expect(await codeOf(() => host.broadcast(long))).toBe('session/text-too-long')
    host.broadcast('x')
  })

  it('drops who does not finish the handshake in time, and who is one too many', async () => {
    const limits = { ...defaultDoctorLimits, maxHalfOpen: 1, handshakeTimeoutMs: 1000 }
    const { host, events, clock: now } = await hosted(['Anna'], { limits })
    const silent = await dialled(host.port)
    // The order of two connections is the system's, so the first is let in before the second.
    await new Promise(resolve => setTimeout(resolve, 100))
    const second = await dialled(host.port)
    await closed(second)
    expect(events).toEqual([{ kind: 'refused', connection: 1, reason: 'full' }])
    now.advance(1000)
    await closed(silent)
    expect(events.at(-1)).toEqual({ kind: 'refused', connection: 0, reason: 'timeout' })
  })

  it.each([
    ['a frame longer than a patient’s', Uint8Array.of(0, 0, 0x10, 1)],
    ['a frame of 4 GiB', Uint8Array.of(0xff, 0xff, 0xff, 0xff)],
  ])('drops %s as soon as its length is there, without a word', async (_, bytes) => {
    const { host, events } = await hosted(['Anna'])
    const socket = await dialled(host.port)
    socket.write(bytes)
    await closed(socket)
    expect([socket.bytesRead, events]).toEqual([0, []])
    await joined(host.port, 'Anna')
    await until(() => host.members.length === 1)
  })

  it('answers the first of many bad frames alone', async () => {
    const { host, events } = await hosted([])
    const socket = await dialled(host.port)
    socket.write(Buffer.concat(Array.from({ length: 1000 }, () => frameOf(Uint8Array.of(0xff)))))
    await closed(socket)
    expect(events).toEqual([{ kind: 'refused', connection: 0, reason: 'encoding/invalid' }])
  })

  it('drops who sends without end and never a whole frame', async () => {
    const { host, clock: now } = await hosted([])
    const socket = await dialled(host.port)
    const drip = setInterval(() => socket.write(Uint8Array.of(0)), 10)
    onTestFinished(() => clearInterval(drip))
    socket.write(Uint8Array.of(0, 0, 0x10, 0))
    await new Promise(resolve => setTimeout(resolve, 100))
    now.advance(defaultDoctorLimits.handshakeTimeoutMs)
    await closed(socket)
  })

  it('takes a reset in the middle of a frame for an end', async () => {
    const { host, events } = await hosted(['Anna'])
    const socket = await joinAndStall(host.port, 'Anna')
    await until(() => host.members.length === 1)
    socket.write(Uint8Array.of(0, 0, 0, 9, 1))
    socket.resetAndDestroy()
    await until(() => host.members.length === 0)
    expect(events).toContainEqual({ kind: 'left', id: 'Anna', reason: 'closed' })
  })

  it('drops a patient who does not read, at the latest with 4 MiB unsent, and not the others', async () => {
    const { host, events } = await hosted(['Anna', 'Ben'])
    await joinAndStall(host.port, 'Anna')
    const ben = await joined(host.port, 'Ben')
    await until(() => host.members.length === 2)
    const left = { kind: 'left', id: 'Anna', reason: 'closed' }
    const isGone = (): boolean => events.some(event => JSON.stringify(event) === JSON.stringify(left))
    for (let i = 0; i < 400 && !isGone(); i++) {
      host.broadcast('x'.repeat(maxBroadcastBytes))
      await new Promise(resolve => setImmediate(resolve))
    }
    expect(events).toContainEqual(left)
    host.broadcast('still here')
    const heard = { kind: 'message', text: 'still here' }
    await until(() => ben.events.some(event => event.kind === 'message' && event.text === heard.text))
  })

  it('frees its port though a patient does not read', async () => {
    const { host } = await hosted(['Anna'])
    await joinAndStall(host.port, 'Anna')
    await until(() => host.members.length === 1)
    for (let i = 0; i < 110; i++) host.broadcast('x'.repeat(maxBroadcastBytes))
    await host.close()
    expect(host.port).toBe(0)
  })
})

describe('a guest', () => {
  it('rejects where nobody listens', async () => {
    const { host } = await hosted([])
    const { port } = host
    await host.close()
    await expect(joined(port, 'Anna')).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  })

  it('gives up on a host that takes the connection and says nothing', async () => {
    const port = await listening(() => undefined)
    const { guest, clock: now, events } = await joined(port, 'Anna')
    now.advance(10_000)
    await guest.ended
    expect(guest.reason).toBe('timeout')
    expect(events.map(({ kind }) => kind)).toEqual(['ended'])
  })

  it.each([
    ['a frame that is too long', Uint8Array.of(0xff, 0xff, 0xff, 0xff), 'closed'],
    ['a bad frame', frameOf(Uint8Array.of(0xff)), 'encoding/invalid'],
    ['half a frame and the end', Uint8Array.of(0, 0, 0, 9, 1), 'closed'],
  ])('ends at %s', async (_, bytes, reason) => {
    const port = await listening(socket => socket.end(bytes))
    const { guest } = await joined(port, 'Anna')
    await guest.ended
    expect(guest.reason).toBe(reason)
  })

  it('ends at a reset', async () => {
    const port = await listening(socket => socket.once('data', () => socket.resetAndDestroy()))
    const { guest } = await joined(port, 'Anna')
    await guest.ended
    expect(guest.reason).toBe('closed')
    await guest.leave()
    expect(guest.reason).toBe('closed')
  })

  it('does not join another host than the doctor', async () => {
    const { host } = await hosted(['Anna'], { key: keyOf('stranger') })
    const { guest, events } = await joined(host.port, 'Anna')
    await guest.ended
    expect(events.map(({ kind }) => kind)).toEqual(['ended'])
    expect(host.members).toEqual([])
  })
})
