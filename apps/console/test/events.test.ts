import { signal } from '@preact/signals'
import { describe, expect, it } from 'vitest'
import { readEvents } from '../dist/api/event-stream.js'
import { consoleError } from '../dist/errors.js'
import { followEvents, silenceMs } from '../dist/state/wake-ups.js'
import { fakeClinic } from './fake-clinic.js'
import { enrolled } from './fake-platform.js'
import { sessionOf, until } from './people.js'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

/** A stream that a test speaks into. */
function pipe() {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>()
  const writer = writable.getWriter()
  return { readable, say: (text: string) => writer.write(bytes(text)), end: () => writer.close() }
}

function notes() {
  const heard: string[] = []
  return {
    heard,
    listener: {
      wake: () => void heard.push('wake'),
      ready: () => void heard.push('ready'),
      alive: () => void heard.push('alive'),
      rest: (ms: number) => void heard.push(`rest ${ms}`),
    },
  }
}

/** Waits that end when a test says so, by their length. */
function waits() {
  const open: { readonly ms: number; readonly end: () => void }[] = []
  const wait = (ms: number, signal: AbortSignal): Promise<void> =>
    new Promise(resolve => {
      const one = { ms, end: resolve }
      open.push(one)
      signal.addEventListener('abort', () => {
        open.splice(open.indexOf(one), 1)
        resolve()
      })
    })
  return { open, wait, silence: () => open.filter(({ ms }) => ms === silenceMs) }
}

async function listening(refuse: () => boolean = () => false) {
  const { app } = await enrolled(fakeClinic(), 'doctor', 'Dr. Okafor')
  const stopping = new AbortController()
  const timers = waits()
  const counts = { syncs: 0 }
  const streams: ReturnType<typeof pipe>[] = []
  const own = sessionOf({ app })
  // The page of that device listens as well: what it finds is its own.
  const session = { ...own, isLiveBlocked: signal(false), isOnline: signal<boolean | null>(null) }
  const following = followEvents({
    ...session,
    signal: stopping.signal,
    wait: timers.wait,
    sync: async () => {
      counts.syncs++
      session.isOnline.value = true
    },
    poke: () => void counts.syncs++,
    api: {
      ...session.api,
      events: async (listener, signal) => {
        const stream = pipe()
        streams.push(stream)
        if (refuse())
          throw consoleError('console/refused', {
            code: 'request/too-many',
            status: 429,
            next: '',
            retryMs: 0,
          })
        return readEvents(stream.readable, listener, signal)
      },
    },
  })
  await until(() => streams[0])
  return { session, stopping, timers, counts, streams, following }
}

describe('the event stream', () => {
  it('wakes for events alone, and tells of life, readiness and rest', async () => {
    const { heard, listener } = notes()
    const stream = pipe()
    const reading = readEvents(stream.readable, listener, new AbortController().signal)
    await stream.say('retry: 3000\nevent: ready\nda')
    await stream.say('ta: {}\r\n\r\n: still here\n\n')
    await stream.say('event: message\ndata: {"mailbox":"x"}\n\nevent: bye\ndata: {"retry_ms":1500}\n\n')
    await stream.say('event: bye\ndata: soon\n\n')
    await stream.end()
    await reading
    expect(heard.filter(what => what !== 'alive')).toEqual(['rest 3000', 'ready', 'wake', 'rest 1500'])
    expect(heard.filter(what => what === 'alive')).toHaveLength(4)
  })

  it('keeps no line without end', async () => {
    const stream = pipe()
    const { listener } = notes()
    const reading = readEvents(stream.readable, listener, new AbortController().signal)
    stream.say('x'.repeat(20_000)).catch(() => undefined)
    await expect(reading).rejects.toMatchObject({ code: 'console/bad-answer', context: { field: 'events' } })
  })

  it('ends at the signal while nothing comes', async () => {
    const stopping = new AbortController()
    const reading = readEvents(pipe().readable, notes().listener, stopping.signal)
    stopping.abort()
    await reading
  })
})

describe('a session that listens', () => {
  it('takes a silence of a minute for a dead connection: it looks, and connects again', async () => {
    const { timers, counts, streams, stopping, following } = await listening()
    await streams[0]?.say('event: ready\ndata: {}\n\n')
    await streams[0]?.say(': \n\n')
    await until(() => timers.silence().length === 1)
    timers.silence()[0]?.end()
    const rest = await until(() => timers.open.find(({ ms }) => ms !== silenceMs))
    rest.end()
    await until(() => streams[1])
    expect(counts.syncs).toBe(2)
    stopping.abort()
    await following
  })

  it('begins the minute anew with each byte of a stream that is ready, and with none before', async () => {
    const { timers, streams, stopping, following } = await listening()
    const first = await until(() => timers.silence()[0])
    await streams[0]?.say(': \n\n')
    await streams[0]?.say(': \n\n')
    expect(timers.silence()).toEqual([first])
    await streams[0]?.say('event: ready\ndata: {}\n\n')
    const second = await until(() => timers.silence().find(one => one !== first))
    await streams[0]?.say(': \n\n')
    await until(() => timers.silence().find(one => one !== first && one !== second))
    expect(timers.silence()).toHaveLength(1)
    stopping.abort()
    await following
  })

  it('rests about as long as the clinic says before it comes back', async () => {
    const { timers, streams, stopping, following } = await listening()
    await streams[0]?.say('event: bye\ndata: {"retry_ms":1000}\n\n')
    await streams[0]?.end()
    const { ms } = await until(() => timers.open.find(one => one.ms !== silenceMs))
    expect(ms).toBeGreaterThanOrEqual(500)
    expect(ms).toBeLessThanOrEqual(1_500)
    stopping.abort()
    await following
  })

  /** The stream ends, and the page has rested. */
  async function next({ streams, timers }: Awaited<ReturnType<typeof listening>>): Promise<void> {
    const count = streams.length
    await streams.at(-1)?.end()
    const rest = await until(() => timers.open.find(({ ms }) => ms !== silenceMs))
    timers.open.splice(timers.open.indexOf(rest), 1)
    rest.end()
    await until(() => streams.length > count)
  }

  it('says that live updates are blocked after two streams that were never ready, until one is', async () => {
    const following = await listening()
    const { session, stopping } = following
    await next(following)
    expect(session.isLiveBlocked.value).toBe(false)
    await next(following)
    expect(session.isLiveBlocked.value).toBe(true)
    await following.streams.at(-1)?.say('event: ready\ndata: {}\n\n')
    await until(() => !session.isLiveBlocked.value)
    await next(following)
    expect(session.isLiveBlocked.value).toBe(false)
    stopping.abort()
    await following.following
  })

  it('blames nobody in between when the clinic itself refuses the stream', async () => {
    const following = await listening(() => true)
    const { session, stopping } = following
    for (let left = 3; left > 0; left--) await next(following)
    expect(session.isLiveBlocked.value).toBe(false)
    stopping.abort()
    await following.following
  })
})
