import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, expect, it } from 'vitest'
import { type Fault, FaultProxy, faultKinds } from '../dist/load/fault-proxy.js'
import { Gathering, patienceMs } from '../dist/load/gathering.js'
import { afterInHello, memberHello } from '../dist/load/member-hello.js'
import { saidMissing } from '../dist/load/patient.js'
import { Frames, Texts, textOf } from '../dist/load/said.js'
import { socketFindings } from '../dist/load/sockets-check.js'
import { masked, WebSocketReader } from '../dist/load/web-socket-reader.js'

const ends: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

/** A message of a server. */
function message(payload: Uint8Array): Uint8Array {
  const bytes = masked(payload)
  const headBytes = bytes.length - payload.length - 4
  const head = bytes.slice(0, headBytes)
  head[1] = (head[1] ?? 0) & 127
  return Buffer.concat([head, payload])
}

it('reads messages of a WebSocket whole, wherever they are divided', () => {
  const payloads = [0, 5, 125, 126, 192, 193, 1_000, 60_000].map(size =>
    Uint8Array.from({ length: size }, (_, i) => (i + size) & 255),
  )
  const all = Buffer.concat(payloads.map(message))
  for (const step of [1, 7, 128, 4_096, all.length]) {
    const seen: (readonly [number, number, number])[] = []
    const reader = new WebSocketReader((opcode, beginning, sizeBytes) => {
      seen.push([opcode, sizeBytes, beginning.at(-1) ?? 0])
    })
    for (let at = 0; at < all.length; at += step) reader.take(all.subarray(at, at + step))
    expect(seen).toEqual(payloads.map(one => [2, one.length, one.subarray(0, 192).at(-1) ?? 0]))
  }
})

it('tells what of a doctor’s texts was lost, came twice or is none', () => {
  const texts = new Texts()
  for (const number of [1, 2, 4, 4, 5]) texts.take(textOf(number, 0), 1)
  texts.take('something else', 1)
  expect(texts).toMatchObject({ last: 5, lost: 1, doubled: 1, unreadable: 1 })
  expect(texts.isWhole(5)).toBe(false)
  const late = new Texts()
  for (const number of [2, 3]) late.take(textOf(number, 0), 1)
  expect(late.isWhole(3)).toBe(false)
})

it('tells by their numbers which frames were lost or came twice, and counts texts among them', () => {
  const frames = new Frames()
  frames.begin(7n)
  for (const [sequence, isText] of [
    [8n, true],
    [9n, false],
    [11n, true],
    [11n, true],
  ] as const)
    frames.take(sequence, isText, 10)
  expect(frames).toMatchObject({ last: 2, lost: 1, doubled: 1, sequence: 11n })
})

it('knows its own hello among others, with a cookie or without', () => {
  const conference = new Uint8Array(16)
  expect(afterInHello(memberHello(conference, null))).toEqual({ after: null })
  expect(afterInHello(memberHello(conference, 9n, new Uint8Array(17)))).toEqual({ after: 9n })
  const hello = memberHello(conference, 9n)
  expect(afterInHello(hello.fill(0, 50))).toBe(null)
})

it('the check of sockets passes with a few: they come, the server ends and starts again, all are back and have everything', async () => {
  const said: string[] = []
  const say = (line: string): void => void said.push(line)
  expect(await socketFindings({ sockets: 30, patients: 10, processes: 2, soakMs: 100, say })).toEqual([])
  expect(said.join('\n')).toContain('12 texts for each: 0 lost, 0 twice')
})

it('patients have each text once, in order, over ways that lose, swap, change, cut and stall, or know what is missing', async () => {
  // Each first connection has a fault, in the handshake or behind it; later ones have what is left, or are good.
  const faults = faultKinds.flatMap((kind): Fault[] => [1, 4].map(message => ({ kind, message })))
  const people = faults.length
  const waiting = [...faults]
  const gathering = await Gathering.start({
    patients: people,
    processes: 1,
    corePolicy: { headEveryMs: 1_000 },
    policy: { liveMs: 4_000, missingMs: 1_000, handshakeTimeoutMs: 5_000 },
  })
  ends.push(() => gathering.end())
  const { scene, doctor, crowd } = gathering
  const proxy = await FaultProxy.start({
    to: () => scene.server.port,
    faultOf: () => waiting.shift() ?? null,
    unmade: fault => void waiting.push(fault),
  })
  ends.push(() => proxy.end())
  await crowd.server(proxy.port)
  await crowd.order('join')
  await crowd.until(({ members }) => members > 0, patienceMs)
  // A fault behind the handshake needs frames for all.
  while (proxy.made < faults.length) {
    doctor.say()
    await sleep(100)
  }
  // Whoever is a member on one side alone learns of it.
  await gathering.allHere()
  for (let i = 0; i < 5; i++) doctor.say()
  const isThere = ({ waitsMs }: { readonly waitsMs: readonly number[] }): boolean => waitsMs.length === people
  const { lost, events, ...status } = await crowd.until(isThere, patienceMs, doctor.last)
  expect(status).toMatchObject({ doubled: 0, unreadable: 0 })
  // Who lost a frame twice was told that it is missing.
  expect(lost).toBeLessThanOrEqual(events[saidMissing] ?? 0)
})
