/** Wake-ups: an event stream of opaque ids, from a signed fetch. */
import { z } from 'zod'
import type { ClinicEvent, Events } from '../clinic/events.js'
import { requestError } from '../errors.js'
import type { Answer } from '../http/answers.js'
import { type Operation, operation } from '../http/operation.js'

const none = z.strictObject({})
const pingMs = 25_000
/** What a reader has not read is worth nothing later: it comes back and looks. */
const mostUnreadBytes = 65_536

const getEvents = operation({
  method: 'GET',
  path: '/v1/events',
  summary: 'Wake-ups of a device, until somebody ends them',
  auth: 'device',
  codes: ['server/stopping'],
  params: none,
  query: none,
  answer: { status: 200, type: 'text/event-stream' },
  async run({ device }, { events, state }) {
    if (device === null) throw new Error('internal: who listens signs')
    if (state() === 'stopping') throw requestError('server/stopping', { retryMs: 1_500 })
    return stream(events, device)
  },
})

function stream(events: Events, { kid, box }: { readonly kid: string; readonly box: string }): Answer {
  let stop = (): void => undefined
  const body = new ReadableStream<Uint8Array>(
    {
      start(controller) {
        stop = write(controller, listener => events.listen(kid, box, listener))
      },
      cancel: () => stop(),
    },
    { highWaterMark: mostUnreadBytes, size: part => part.byteLength },
  )
  const headers = {
    'content-type': 'text/event-stream',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
  }
  return { status: 200, headers, body }
}

function write(
  controller: ReadableStreamDefaultController<Uint8Array>,
  listen: (listener: Parameters<Events['listen']>[2]) => () => void,
): () => void {
  const encoder = new TextEncoder()
  let isOpen = true
  const send = (text: string): void => {
    if (!isOpen) return
    if ((controller.desiredSize ?? 0) > 0) controller.enqueue(encoder.encode(text))
    else end()
  }
  const end = (): void => {
    stop()
    // It was closed by whoever read it.
    try {
      controller.close()
    } catch {}
  }
  const stop = (): void => {
    isOpen = false
    clearInterval(ping)
    leave()
  }
  const ping = setInterval(() => send(':\n\n'), pingMs)
  ping.unref()
  const leave = listen({ tell: event => send(format(event)), end })
  send('retry: 3000\n')
  send(format({ event: 'ready' }))
  return stop
}

/** WHATWG HTML 9.2.6. */
function format(one: ClinicEvent): string {
  const { event, ...data } = one.event === 'bye' ? { event: one.event, retry_ms: one.retryMs } : one
  return `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`
}

export const eventStreams: readonly Operation[] = [getEvents]
