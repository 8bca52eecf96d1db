/** An event stream (HTML 9.2) of which the page needs little: that something came, that it lives, and how long to rest. */
import { JsonObject } from '@chartseal/core/json'
import { consoleError } from '../errors.js'

export interface EventListener {
  /** Something came; `event` is of which kind. */
  wake(event: string): void
  /** The clinic has said that the stream is open. */
  ready(): void
  /** Bytes came, of a comment, too: the connection lives. */
  alive(): void
  /** How long to wait before the next connection. */
  rest(ms: number): void
}

/** A line of the clinic has some hundred characters. */
const maxLine = 16_384
const leastRestMs = 500
const maxRestMs = 600_000

/**
 * Ends when the stream does or at the signal. Comments, which keep the connection alive, wake nobody.
 * @throws ChartsealError `console/bad-answer` for a line without end
 */
export async function readEvents(
  stream: ReadableStream<Uint8Array>,
  listener: EventListener,
  signal: AbortSignal,
): Promise<void> {
  const decoder = new TextDecoder()
  const reader = stream.getReader()
  const cancel = (): void => void reader.cancel().catch(() => undefined)
  signal.addEventListener('abort', cancel, { once: true })
  const take = lineTaker(listener)
  let rest = ''
  try {
    while (!signal.aborted) {
      const { done, value } = await reader.read()
      if (done) return
      listener.alive()
      const lines = (rest + decoder.decode(value, { stream: true })).split(/\r\n|\n|\r/)
      rest = lines.pop() ?? ''
      if (rest.length > maxLine) throw consoleError('console/bad-answer', { field: 'events' })
      for (const line of lines) take(line)
    }
  } finally {
    signal.removeEventListener('abort', cancel)
    cancel()
  }
}

function lineTaker(listener: EventListener): (line: string) => void {
  let event = ''
  return line => {
    const [, field = '', value = ''] = /^(\w+): ?(.*)$/.exec(line) ?? []
    if (line === '') event = ''
    else if (field === 'event') event = value
    else if (field === 'retry') restFor(value, listener)
    else if (field === 'data') heard(event, value, listener)
  }
}

function heard(event: string, data: string, listener: EventListener): void {
  if (event === 'ready') listener.ready()
  else if (event === 'bye') restFor(retryIn(data), listener)
  else listener.wake(event)
}

function restFor(text: string, listener: EventListener): void {
  if (/^\d{1,9}$/.test(text)) listener.rest(Math.max(leastRestMs, Math.min(maxRestMs, Number(text))))
}

/** What is no JSON says nothing of when. */
function retryIn(data: string): string {
  try {
    return `${JsonObject.parse(data).count('retry_ms')}`
  } catch {
    return ''
  }
}
