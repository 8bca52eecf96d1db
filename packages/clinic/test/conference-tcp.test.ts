import { connect, type Socket } from 'node:net'
import { driveHost, type Link } from '@chartseal/clinic/conference'
import { TcpRelay, tcpTransport } from '@chartseal/clinic/tcp'
import { systemClock, systemRandom } from '@chartseal/core/system'
import { decodeToCore, encodeToRelay, memoryFrameLog, type ToCore } from '@chartseal/elgamal-session/relay'
import { propertyRuns } from '@chartseal/testkit'
import fc from 'fast-check'
import { describe, expect, it, onTestFinished } from 'vitest'
import { FrameCutter, framed } from '../dist/tcp/stream.js'

describe('frames in a stream', () => {
  it('come out whole and in order, however the stream is split', () => {
    const frames = fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 8 })
    fc.assert(
      fc.property(frames, fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }), (sent, sizes) => {
        const stream = framed(sent)
        const cutter = new FrameCutter(() => 60)
        const received: Uint8Array[] = []
        for (let at = 0, i = 0; at < stream.length; i++) {
          const size = sizes[i % sizes.length] ?? 1
          received.push(...(cutter.push(stream.subarray(at, at + size)) ?? []))
          at += size
        }
        expect(received).toEqual(sent)
      }),
      propertyRuns(200),
    )
  })

  it('are refused by their announced length, before they arrive, and as long as that is the limit', () => {
    let limit = 10
    const cutter = new FrameCutter(() => limit)
    expect(cutter.push(framed([new Uint8Array(10)]))).toHaveLength(1)
    expect(cutter.push(Uint8Array.of(0, 0, 0, 11))).toBeNull()
    limit = 11
    const later = new FrameCutter(() => limit)
    expect(later.push(framed([new Uint8Array(11)]))).toHaveLength(1)
  })
})

describe('a frame that comes a byte at a time', () => {
  it('takes memory for what has come, and not for each piece of it', () => {
    const cutter = new FrameCutter(() => 1_048_576)
    const whole = framed([new Uint8Array(300_000).fill(7)])
    const before = process.memoryUsage().rss
    // Each piece with memory of its own, as a socket gives it.
    for (const byte of whole.subarray(0, -1)) cutter.push(Buffer.allocUnsafeSlow(1).fill(byte))
    expect(process.memoryUsage().rss - before).toBeLessThan(50_000_000)
    expect(cutter.push(whole.subarray(-1))).toEqual([new Uint8Array(300_000).fill(7)])
  })
})

const never = { received: () => undefined, ended: () => undefined }

async function opened(): Promise<TcpRelay> {
  const relay = await TcpRelay.open({
    conference: new Uint8Array(16),
    log: memoryFrameLog(),
    address: '127.0.0.1',
    port: 0,
    clock: systemClock,
    random: systemRandom,
    onFault: error => expect(error).toBeUndefined(),
  })
  onTestFinished(() => relay.close())
  return relay
}

function until(condition: () => boolean): Promise<void> {
  return expect.poll(condition).toBe(true)
}

/** A core that only listens. */
async function attached(relay: TcpRelay): Promise<{ readonly link: Link; readonly heard: ToCore[] }> {
  const heard: ToCore[] = []
  const receiver = { ...never, received: (bytes: Uint8Array) => heard.push(decodeToCore(bytes)) }
  const link = await relay.transport.connect(receiver)
  expect(heard).toEqual([])
  await until(() => heard.length > 0)
  return { link, heard }
}

function socketTo(relay: TcpRelay): Socket {
  const socket = connect(relay.port, '127.0.0.1')
  socket.on('error', () => undefined)
  onTestFinished(() => void socket.destroy())
  return socket
}

describe('a relay in the process of its host', () => {
  it('gives the core nothing from within its own call, and the next core everything anew', async () => {
    const relay = await opened()
    const first = await attached(relay)
    expect(first.heard).toMatchObject([{ kind: 'attached', head: 0n, newest: null }])
    expect(relay.counts().hasCore).toBe(true)
    const second = await attached(relay)
    first.link.close()
    expect(relay.counts().hasCore).toBe(true)
    second.link.close()
    expect(relay.counts().hasCore).toBe(false)
  })

  it('ends a stranger who announces more than a stranger may send', async () => {
    const relay = await opened()
    await attached(relay)
    const socket = socketTo(relay)
    socket.write(Uint8Array.of(0, 1, 0, 1))
    await new Promise(resolve => socket.once('close', resolve).resume())
    await until(() => relay.counts().connections === 0)
  })

  it('tells everybody when it closes, and frees its port also where somebody does not read', async () => {
    const relay = await opened()
    await attached(relay)
    const ended: string[] = []
    const way = tcpTransport({ host: '127.0.0.1', port: relay.port })
    const frames: Uint8Array[] = []
    await way.connect({ received: bytes => frames.push(bytes), ended: ({ kind }) => ended.push(kind) })
    const silent = socketTo(relay)
    silent.pause()
    await until(() => relay.counts().connections === 2)
    await relay.close()
    await until(() => ended.length > 0)
    expect([ended, frames.length]).toEqual([['lost'], 1])
    await expect(way.connect(never)).rejects.toThrow()
  })

  it('gives the last word of the core to everybody, and then ends them', async () => {
    const relay = await opened()
    const { link } = await attached(relay)
    const frames: Uint8Array[] = []
    const ended: string[] = []
    const way = tcpTransport({ host: '127.0.0.1', port: relay.port })
    await way.connect({ received: bytes => frames.push(bytes), ended: ({ kind }) => ended.push(kind) })
    await until(() => relay.counts().connections === 1)
    link.send(encodeToRelay({ kind: 'end', frame: Uint8Array.of(1, 2, 3) }))
    await until(() => ended.length > 0)
    expect(frames).toEqual([Uint8Array.of(1, 2, 3)])
  })

  it('ends its host when a message is none of the link', async () => {
    const relay = await opened()
    const core = {
      isOver: false,
      handle: (input: { readonly kind: string }) =>
        input.kind === 'link' ? [{ kind: 'link', bytes: Uint8Array.of(99) } as const] : [],
    }
    const { over } = driveHost({
      started: { core, outputs: [] },
      journal: { append: async () => undefined, replace: async () => undefined },
      transport: relay.transport,
      timer: { after: () => () => undefined },
      random: systemRandom,
      onEvent: () => undefined,
    })
    await expect(over).rejects.toThrow('host link')
  })
})
