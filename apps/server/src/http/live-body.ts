/** A body that goes on: into a socket as it is, as web streams keep several times as much for each that is open. */
import type { ServerResponse } from 'node:http'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import type { Headers } from './answers.js'

/** Where a body goes, as long as somebody reads. */
export interface Sink {
  /** Bytes that are on their way. */
  readonly unreadBytes: number
  write(text: string): void
  /** Nothing more comes. */
  end(): void
  /** Nothing more comes, and what is on its way is of no use. */
  cut(): void
}

export interface LiveBody {
  /** Begins to write. The function that it gives is called once nobody reads any more. */
  open(sink: Sink): () => void
}

export interface LiveAnswer {
  readonly status: number
  readonly headers: Headers
  readonly body: LiveBody
}

/** Writes the answer itself; what it gives tells hono so. */
export function sendLive(outgoing: ServerResponse, { status, headers, body }: LiveAnswer): Response {
  outgoing.cork()
  outgoing.writeHead(status, headers).flushHeaders()
  // Nobody reads the head of the request any more, and it would stay as long as the answer does.
  outgoing.req.headers = {}
  outgoing.req.rawHeaders = []
  const stop = body.open(new ResponseSink(outgoing))
  outgoing.uncork()
  if (outgoing.closed) stop()
  else outgoing.once('close', stop)
  return RESPONSE_ALREADY_SENT
}

class ResponseSink implements Sink {
  readonly #outgoing: ServerResponse

  constructor(outgoing: ServerResponse) {
    this.#outgoing = outgoing
  }

  get unreadBytes(): number {
    return this.#outgoing.writableLength
  }

  write(text: string): void {
    this.#outgoing.write(text)
  }

  end(): void {
    this.#outgoing.end()
  }

  cut(): void {
    this.#outgoing.destroy()
  }
}

/** The same for whoever asks without a socket. */
export function liveStream(body: LiveBody): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  let stop = (): void => undefined
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        stop = body.open({
          get unreadBytes() {
            return -(controller.desiredSize ?? 0)
          },
          write: text => controller.enqueue(encoder.encode(text)),
          end: () => controller.close(),
          cut: () => controller.error(new Error('nobody read what was written')),
        })
      },
      cancel: () => stop(),
    },
    { highWaterMark: 0, size: part => part.byteLength },
  )
}
