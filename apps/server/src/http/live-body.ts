/** A body that goes on: into a socket as it is, as web streams keep several times as much for each that is open. */
import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import type { Headers } from './answers.js'
import { sayLast } from './last-word.js'

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
  /** For the header `Date`. */
  readonly nowMs: number
  readonly headers: Headers
  readonly body: LiveBody
}

/** What is answered at a connection, the newest; `null` once an answer without an end has begun there. */
const newest = new WeakMap<Socket, ServerResponse | null>()

/** Tells of each request, and whether it can be answered: nothing can behind an answer that has no end. */
export function begins(socket: Socket, outgoing: ServerResponse): boolean {
  if (isTaken(socket)) return false
  newest.set(socket, outgoing)
  return true
}

/** Whether an answer without an end has begun there. */
export function isTaken(socket: Socket): boolean {
  return newest.get(socket) === null
}

/**
 * Writes the answer into the socket, which takes no other from then on. What Node keeps for an answer would be half of the
 * memory of a stream. What it gives tells hono that all is done.
 */
export function sendLive(outgoing: ServerResponse, { nowMs, headers, body }: LiveAnswer): Response {
  const { socket } = outgoing
  // Null: nobody is there any more.
  if (socket === null || socket.destroyed) return RESPONSE_ALREADY_SENT
  // Another request waits behind this one for an answer that cannot come.
  if ((newest.get(socket) ?? outgoing) !== outgoing) socket.destroy()
  else send(socket, outgoing, { nowMs, headers, body })
  return RESPONSE_ALREADY_SENT
}

const noHeaders = Object.freeze({})
const noRawHeaders: string[] = []

function send(socket: Socket, outgoing: ServerResponse, { nowMs, headers, body }: LiveAnswer): void {
  newest.set(socket, null)
  outgoing.detachSocket(socket)
  // Nobody reads the head of the request any more, and it would stay as long as the socket does.
  outgoing.req.headers = noHeaders
  outgoing.req.rawHeaders = noRawHeaders
  socket.write(headOf(headers, nowMs))
  socket.once('close', body.open(new SocketSink(socket)))
}

/** RFC 9112 6.3: a body without a length ends with its connection. */
function headOf(headers: Headers, nowMs: number): string {
  const all = { ...headers, date: new Date(nowMs).toUTCString(), connection: 'close' }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`)
  return ['HTTP/1.1 200 OK', ...lines, '', ''].join('\r\n')
}

class SocketSink implements Sink {
  readonly #socket: Socket

  constructor(socket: Socket) {
    this.#socket = socket
  }

  get unreadBytes(): number {
    return this.#socket.writableLength
  }

  write(text: string): void {
    this.#socket.write(text)
  }

  end(): void {
    sayLast(this.#socket)
  }

  cut(): void {
    this.#socket.destroy()
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
