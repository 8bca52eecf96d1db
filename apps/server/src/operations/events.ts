/** Wake-ups: an event stream of opaque ids, from a signed fetch. */
import { z } from 'zod'
import type { ClinicEvent, Listener } from '../clinic/events.js'
import { requestError } from '../errors.js'
import type { Sink } from '../http/live-body.js'
import { type Operation, operation } from '../http/operation.js'

const none = z.strictObject({})
/** Below the 60 s after which proxies cut a connection on which nothing passes. */
export const defaultPingMs = 25_000
/** What a reader has not read is worth nothing later: it comes back and looks. */
const mostUnreadBytes = 65_536

const headers = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-store',
  'x-accel-buffering': 'no',
} as const

const getEvents = operation({
  method: 'GET',
  path: '/v1/events',
  summary: 'Wake-ups of a device, until somebody ends them',
  auth: 'device',
  codes: ['server/stopping'],
  params: none,
  query: none,
  answer: { status: 200, type: 'text/event-stream' },
  async run({ device }, { events, state, pingMs }) {
    if (device === null) throw new Error('internal: who listens signs')
    if (state() === 'stopping') throw requestError('server/stopping', { retryMs: 1_500 })
    const { kid, box } = device
    const open = (sink: Sink): (() => void) => {
      const writer = new Writer(sink, pingMs, listener => events.listen(kid, box, listener))
      return () => writer.stop()
    }
    return { status: 200, headers, body: { open } }
  },
})

/** Writes what a device is told. Thousands of them wait, so it holds little. */
class Writer implements Listener {
  readonly #sink: Sink
  readonly #ping: NodeJS.Timeout
  readonly #leave: () => void
  #isOpen = true
  /** Bytes were unread at the last ping. */
  #isBehind = false

  constructor(sink: Sink, pingMs: number, listen: (listener: Listener) => () => void) {
    this.#sink = sink
    this.#ping = setInterval(ping, pingMs, this).unref()
    this.#leave = listen(this)
    this.send(`retry: 3000\n${format({ event: 'ready' })}`)
  }

  tell(event: ClinicEvent): void {
    this.send(format(event))
  }

  send(text: string): void {
    if (!this.#isOpen) return
    if (this.#sink.unreadBytes < mostUnreadBytes) this.#sink.write(text)
    else this.#cut()
  }

  /** A stream that has read nothing since the last one is dead, though its connection may not be. */
  ping(): void {
    const isBehind = this.#sink.unreadBytes > 0
    if (isBehind && this.#isBehind) this.#cut()
    else this.send(':\n\n')
    this.#isBehind = isBehind
  }

  end(): void {
    if (!this.#isOpen) return
    this.stop()
    this.#sink.end()
  }

  #cut(): void {
    this.stop()
    this.#sink.cut()
  }

  stop(): void {
    this.#isOpen = false
    clearInterval(this.#ping)
    this.#leave()
  }
}

function ping(writer: Writer): void {
  writer.ping()
}

/** WHATWG HTML 9.2.6. */
function format(one: ClinicEvent): string {
  const { event, ...data } = one.event === 'bye' ? { event: one.event, retry_ms: one.retryMs } : one
  return `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`
}

export const eventStreams: readonly Operation[] = [getEvents]
