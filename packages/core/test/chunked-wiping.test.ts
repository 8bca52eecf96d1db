/** What a stream holds while it works, its derived keys and memory, is gone however it ends. */
import {
  type ByteTransform,
  openStream,
  openStreamBehind,
  sealBytes,
  sealContent,
  sealStream,
} from '@chartseal/core/chunked'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { MessageKeys } from '../dist/chunked/keys.js'
import { runPlatform as nodeRuns } from '../dist/chunked/platform-node.js'
import { runPlatform as webRuns } from '../dist/chunked/platform-web.js'
import type { Run, RunCipher } from '../dist/chunked/runs.js'
import { context, sample, testKey } from './chunked-helpers.js'
import { codeOf, patience } from './helpers.js'

const run = { first: 3, bytes: new Uint8Array(40), isLast: true }
const runBytes = 8 * 16_384
const plaintext = sample(runBytes)
const isZero = (bytes: Uint8Array): boolean => bytes.every(byte => byte === 0)
const settled = (): Promise<void> => new Promise(resolve => setTimeout(resolve))

function gate(): { readonly opened: Promise<void>; open(): void } {
  let open = (): void => {}
  const opened = new Promise<void>(resolve => {
    open = resolve
  })
  return { opened, open }
}

/** Every stream of a test takes its cipher from here. */
let keys: MessageKeys[]
let memories: Uint8Array[]
let begun: Run[]
/** Every run is done when it opens, and fails if `failure` is there by then. */
let release: ReturnType<typeof gate>
let failure: Error | null

beforeEach(() => {
  ;[keys, memories, begun, release, failure] = [[], [], [], gate(), null]
  for (const platform of [nodeRuns, webRuns]) {
    const { runCipher } = platform
    vi.spyOn(platform, 'runCipher').mockImplementation(made => {
      keys.push(made)
      return watched(runCipher(made))
    })
  }
})

afterEach(() => void vi.restoreAllMocks())

function watched(cipher: RunCipher): RunCipher {
  const later = async <Result>(given: Run, work: () => Result | Promise<Result>): Promise<Result> => {
    begun.push(given)
    const result = await work()
    await release.opened
    if (failure !== null) throw failure
    return result
  }
  return {
    ...cipher,
    memory(first, blockBytes) {
      const memory = cipher.memory(first, blockBytes)
      memories.push(memory)
      return memory
    },
    seal: given => later(given, () => cipher.seal(given)),
    open: given => later(given, () => cipher.open(given)),
  }
}

const held = (): readonly Uint8Array[] => [
  ...keys.flatMap(({ key, baseNonce }) => [key, baseNonce]),
  ...memories,
]

function expectHeld(): void {
  expect(keys).toHaveLength(1)
  expect(held().every(isZero)).toBe(false)
}

function expectWiped(): void {
  expect(keys).toHaveLength(1)
  expect(held().every(isZero)).toBe(true)
}

/** In a frame, of that size. */
const sealFramed = (sizeBytes: number): ByteTransform =>
  sealContent(testKey, context, { front: sample(100), sizeBytes, behind: () => [] })

const ways = [
  ['seals', (_: number) => sealStream(testKey, context), plaintext],
  ['seals content in a frame', sealFramed, plaintext],
  ['opens', (_: number) => openStream(testKey, context), sealBytes(testKey, sample(2 * runBytes), context)],
] as const

interface Ends {
  readonly writer: WritableStreamDefaultWriter<Uint8Array>
  readonly reader: ReadableStreamDefaultReader<Uint8Array>
  /** All that came out, when it has ended. */
  readonly received: Promise<readonly Uint8Array[]>
}

function endsOf({ writable, readable }: TransformStream<Uint8Array, Uint8Array>): Ends {
  const [writer, reader] = [writable.getWriter(), readable.getReader()]
  const receive = async (): Promise<readonly Uint8Array[]> => {
    const pieces: Uint8Array[] = []
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return pieces
      pieces.push(value)
    }
  }
  const received = receive()
  for (const end of [received, writer.closed]) end.catch(() => undefined)
  return { writer, reader, received }
}

const givers = [
  ['reader', ({ reader }: Ends) => reader.cancel()],
  ['writer', ({ writer }: Ends) => writer.abort()],
] as const

describe.each(ways)('a stream that %s', (_, make, input) => {
  it('wipes all when a run fails that nobody waits for', async () => {
    const { writer, received } = endsOf(make(Number.MAX_SAFE_INTEGER))
    await writer.write(input)
    expectHeld()
    failure = new Error('the thread ended')
    release.open()
    await expect(received).rejects.toThrow('the thread ended')
    await vi.waitFor(expectWiped, patience)
  })

  it.each(givers)('wipes all when its %s gives up while a run is in work', async (_name, giveUp) => {
    const ends = endsOf(make(Number.MAX_SAFE_INTEGER))
    await ends.writer.write(input)
    expectHeld()
    await giveUp(ends)
    expect(keys.every(({ key }) => isZero(key))).toBe(true)
    release.open()
    await vi.waitFor(expectWiped, patience)
  })

  it.each(givers)('wipes all when its %s gives up with a part of a block', async (_name, giveUp) => {
    release.open()
    const ends = endsOf(make(Number.MAX_SAFE_INTEGER))
    await ends.writer.write(input.subarray(0, 300))
    expectHeld()
    await giveUp(ends)
    expectWiped()
  })

  it('starts nothing when its reader gives up while it waits for room', async () => {
    const { writer, reader } = endsOf(make(Number.MAX_SAFE_INTEGER))
    const writing = (async () => {
      for (;;) await writer.write(input)
    })()
    writing.catch(() => undefined)
    await vi.waitUntil(() => begun.length >= 5, patience)
    await settled()
    const before = begun.length
    await reader.cancel()
    release.open()
    await Promise.allSettled([writing])
    await settled()
    expect(begun).toHaveLength(before)
    expectWiped()
  })

  it('wipes all when its reader gives up before the last run is done', async () => {
    const { writer, reader } = endsOf(make(300))
    await writer.write(input.subarray(0, 300))
    const closing = writer.close()
    closing.catch(() => undefined)
    await vi.waitUntil(() => begun.length > 0, patience)
    const cancelling = reader.cancel()
    cancelling.catch(() => undefined)
    release.open()
    await Promise.allSettled([closing, cancelling])
    expectWiped()
  })
})

describe('a stream that opens', () => {
  it('leaves alone what it gave out before it failed', async () => {
    const sealed = sealBytes(testKey, sample(3 * runBytes), context)
    const changed = Uint8Array.from(sealed)
    changed[changed.length - 1 - runBytes] = (changed[changed.length - 1 - runBytes] ?? 0) ^ 1
    const { writable, readable } = openStream(testKey, context)
    const [writer, reader] = [writable.getWriter(), readable.getReader()]
    writer.closed.catch(() => undefined)
    const writing = writer.write(changed)
    writing.catch(() => undefined)
    const first = reader.read()
    release.open()
    const { value } = await first
    await expect(
      (async () => {
        while (!(await reader.read()).done);
      })(),
    ).rejects.toMatchObject({ code: 'open/failed' })
    await settled()
    expect(Buffer.compare(value ?? new Uint8Array(0), sample(3 * runBytes).subarray(0, value?.length))).toBe(
      0,
    )
    expectWiped()
  })

  it('wipes keys that come after its reader gave up', async () => {
    const unlocking = gate()
    const stream = openStreamBehind(0, async () => {
      await unlocking.opened
      return { key: testKey, context }
    })
    const { writer, reader } = endsOf(stream)
    const writing = writer.write(sealBytes(testKey, plaintext, context))
    await settled()
    expect(keys).toEqual([])
    await reader.cancel()
    unlocking.open()
    await writing.catch(() => undefined)
    expectWiped()
    expect(begun).toEqual([])
  })
})

describe('a cipher of runs', () => {
  it.each([
    ['Node', nodeRuns],
    ['the web', webRuns],
  ])('refuses to seal and to open once it is wiped: %s', (_, platform) => {
    vi.restoreAllMocks()
    const material = Uint8Array.from({ length: 76 }, (_byte, i) => i)
    const cipher = platform.runCipher({
      key: material.subarray(0, 32),
      baseNonce: material.subarray(32, 44),
      commitment: material.subarray(44),
      wipe: () => void material.fill(0),
    })
    cipher.wipe()
    expect(isZero(material)).toBe(true)
    expect(codeOf(() => cipher.seal(run))).toBe('key/wiped')
    expect(codeOf(() => cipher.open(run))).toBe('key/wiped')
  })
})
