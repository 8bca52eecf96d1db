import { connect, type Socket } from 'node:net'
import { interimPrimitives } from '@chartseal/elgamal-session/interim'
import { expect, it, onTestFinished } from 'vitest'
import { closeSoon, maxUnsentBytes, readFrames, sendFrame } from '../dist/tcp/frames.js'
import { startStopwatch } from '../dist/tcp/measure.js'
import { address, closed, countingClock, listening } from './conference-world.js'

/** Two ends of one connection. */
async function pairOfSockets(): Promise<{ near: Socket; far: Socket }> {
  let accept: (socket: Socket) => void = () => undefined
  const accepted = new Promise<Socket>(resolve => {
    accept = resolve
  })
  const port = await listening(socket => accept(socket))
  const far = connect(port, address)
  onTestFinished(() => {
    far.destroy()
  })
  far.on('error', () => undefined)
  return { near: await accepted, far }
}

it('destroys a socket with more unsent than it may, and writes nothing to a destroyed one', async () => {
  const { near } = await pairOfSockets()
  while (!near.destroyed) sendFrame(near, new Uint8Array(1_048_576))
  expect(near.writableLength).toBeGreaterThan(maxUnsentBytes)
  const { writableLength } = near
  sendFrame(near, Uint8Array.of(1))
  expect(near.writableLength).toBe(writableLength)
})

it('sends what is left before it ends, where the other side reads', async () => {
  const { near, far } = await pairOfSockets()
  const chunks: Buffer[] = []
  far.on('data', chunk => chunks.push(Buffer.from(chunk)))
  sendFrame(near, new Uint8Array(3_000_000))
  closeSoon(near)
  await closed(far)
  expect(Buffer.concat(chunks)).toHaveLength(3_000_000)
})

it('ends in time where the other side does not read', async () => {
  const { near, far } = await pairOfSockets()
  far.pause()
  while (near.writableLength < maxUnsentBytes / 2) sendFrame(near, new Uint8Array(65_536))
  closeSoon(near, 50)
  await closed(near)
  expect(near.destroyed).toBe(true)
  closeSoon(near, 50)
})

it('hands no frame over after the one that ended the connection', async () => {
  const { near, far } = await pairOfSockets()
  const bodies: Uint8Array[] = []
  const onBody = (body: Uint8Array): void => {
    bodies.push(body)
    near.destroy()
  }
  const ended = new Promise<void>(resolve => readFrames(near, 8, onBody, resolve))
  far.write(Uint8Array.of(0, 0, 0, 1, 7, 0, 0, 0, 1, 8))
  await ended
  expect(bodies).toEqual([Uint8Array.of(7)])
})

it('measures the primitives that it is given, with a clock that never goes back', () => {
  const { primitives, rows } = startStopwatch(countingClock(), interimPrimitives)
  primitives.hash(Uint8Array.of(1))
  primitives.hash(Uint8Array.of(2))
  expect(rows()).toContainEqual({ primitive: 'hash', calls: 2, averageMs: 1 })
  expect(
    startStopwatch(countingClock())
      .rows()
      .every(({ calls }) => calls === 0),
  ).toBe(true)
})
