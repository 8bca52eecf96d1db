import { duplexPair } from 'node:stream'
import { systemClock, systemRandom } from '@chartseal/core/system'
import type { RelayLink, RelayLinkEvents } from '@chartseal/elgamal-session/relay'
import { patience } from '@chartseal/testkit'
import { expect, it, vi } from 'vitest'
import { LinkPipe } from '../dist/conference/link-pipe.js'
import { RelayWorker } from '../dist/conference/relay-worker.js'

const id = (byte: number): Uint8Array => new Uint8Array(16).fill(byte)

interface End {
  readonly link: RelayLink
  readonly got: Uint8Array[]
  lost: number
  drained: number
}

/** Takes links, and writes down what comes. */
function taker(): { readonly ends: End[]; take(link: RelayLink): RelayLinkEvents } {
  const ends: End[] = []
  return {
    ends,
    take(link) {
      const end: End = { link, got: [], lost: 0, drained: 0 }
      ends.push(end)
      return {
        onMessage: message => void end.got.push(new Uint8Array(message)),
        onDrained: () => {
          end.drained += 1
        },
        onLost: () => {
          end.lost += 1
        },
      }
    },
  }
}

function pipes() {
  const [near, far] = duplexPair()
  const accepted = taker()
  const opened = taker()
  const faults: unknown[] = []
  const asked: Uint8Array[] = []
  const onFault = (error: unknown): void => void faults.push(error)
  const server = new LinkPipe(near, {
    onFault,
    accept(conference, link) {
      asked.push(conference)
      return accepted.take(link)
    },
  })
  const child = new LinkPipe(far, { onFault, accept: (_, link) => accepted.take(link) })
  const open = (byte: number): void => child.open(id(byte), link => opened.take(link))
  return { near, far, server, child, accepted: accepted.ends, opened: opened.ends, faults, asked, open }
}

const endOf = (ends: readonly End[], index: number): End => {
  const end = ends[index]
  if (end === undefined) throw new Error('no end')
  return end
}

it('carries messages of several links both ways, in order, however the stream is cut', async () => {
  const { near, far, open, opened, accepted, asked } = pipes()
  // What each read gives is cut into single bytes, and joined again.
  for (const pipe of [near, far]) {
    const emit = pipe.emit.bind(pipe)
    vi.spyOn(pipe, 'emit').mockImplementation((name, ...args: unknown[]) => {
      const [part] = args
      if (name !== 'data' || !(part instanceof Uint8Array) || part.length > 300) return emit(name, ...args)
      for (let i = 0; i < part.length; i++) emit('data', part.subarray(i, i + 1))
      return true
    })
  }
  open(1)
  open(2)
  const sizes = [1, 0, 255, 70_000, 1, 1_048_576 + 64]
  for (const [i, size] of sizes.entries()) endOf(opened, 0).link.send(new Uint8Array(size).fill(i))
  endOf(opened, 1).link.send(Uint8Array.of(9))
  await vi.waitFor(() => expect(accepted).toHaveLength(2), patience)
  endOf(accepted, 1).link.send(Uint8Array.of(7))
  await vi.waitFor(() => {
    expect(endOf(accepted, 0).got.map(({ length }) => length)).toEqual(sizes)
    expect(endOf(accepted, 1).got).toEqual([Uint8Array.of(9)])
    expect(endOf(opened, 1).got).toEqual([Uint8Array.of(7)])
  }, patience)
  expect(asked).toEqual([id(1), id(2)])
  expect(endOf(accepted, 0).got.map(([first]) => first)).toEqual([0, undefined, 2, 3, 4, 5])
})

it('says how much is on its way, and when all of it has gone out', async () => {
  const { far, open, opened, accepted } = pipes()
  open(1)
  far.cork()
  const { link } = endOf(opened, 0)
  expect([link.send(new Uint8Array(100)), link.send(new Uint8Array(50))]).toEqual([100, 150])
  far.uncork()
  await vi.waitFor(
    () => expect([endOf(opened, 0).drained, endOf(accepted, 0).got.length]).toEqual([1, 2]),
    patience,
  )
  expect(link.send(new Uint8Array(7))).toBe(7)
})

it('loses a link that the other end closes, behind what it sent last, and no other', async () => {
  const { open, opened, accepted } = pipes()
  open(1)
  open(2)
  endOf(opened, 0).link.send(Uint8Array.of(1))
  endOf(opened, 0).link.close()
  endOf(opened, 0).link.close()
  expect(endOf(opened, 0).link.send(Uint8Array.of(2))).toBe(0)
  await vi.waitFor(() => expect(endOf(accepted, 0).lost).toBe(1), patience)
  expect(endOf(accepted, 0).got).toEqual([Uint8Array.of(1)])
  // What was on its way to it meanwhile is nobody's.
  endOf(accepted, 0).link.send(Uint8Array.of(3))
  endOf(accepted, 1).link.send(Uint8Array.of(4))
  await vi.waitFor(() => expect(endOf(opened, 1).got).toHaveLength(1), patience)
  expect([endOf(opened, 0).got, endOf(opened, 0).lost, endOf(accepted, 1).lost]).toEqual([[], 0, 0])
})

it('loses every link with the pipe, once, and each that is opened then', async () => {
  const { near, far, open, opened, accepted } = pipes()
  open(1)
  open(2)
  await vi.waitFor(() => expect(accepted).toHaveLength(2), patience)
  near.destroy()
  far.destroy()
  await vi.waitFor(
    () => expect([...opened, ...accepted].map(({ lost }) => lost)).toEqual([1, 1, 1, 1]),
    patience,
  )
  open(3)
  expect(endOf(opened, 2).lost).toBe(1)
})

it.each([
  ['a length that is too small', [0, 0, 0, 4, 1, 1, 1, 1]],
  ['a length beyond all messages', [0x7f, 0, 0, 0]],
  ['another type', [0, 0, 0, 5, 9, 0, 0, 0, 1]],
  ['a link that is opened to no conference', [0, 0, 0, 6, 1, 0, 0, 0, 1, 1]],
])('ends with %s', async (_, bytes) => {
  const { near, far, open, accepted, faults } = pipes()
  open(1)
  await vi.waitFor(() => expect(accepted).toHaveLength(1), patience)
  far.write(Uint8Array.from(bytes))
  await vi.waitFor(() => expect(endOf(accepted, 0).lost).toBe(1), patience)
  expect([faults, near.destroyed]).toEqual([[expect.any(RangeError)], true])
})

it('is all that a relay process has of its server: without it the process takes nobody in vain, and ends', async () => {
  const [near, far] = duplexPair()
  const said: string[] = []
  const onEnd = vi.fn()
  const worker = new RelayWorker({
    pipe: far,
    clock: systemClock,
    random: systemRandom,
    most: null,
    send: ({ kind }) => void said.push(kind),
    onEnd,
  })
  worker.take({ kind: 'begin', policy: {} }, undefined)
  near.write(Uint8Array.of(255, 255, 255, 255))
  await vi.waitFor(() => expect(onEnd).toHaveBeenCalledTimes(1), patience)
  worker.end()
  expect([said, onEnd.mock.calls.length]).toEqual([['ready', 'fault', 'counts'], 1])
})
