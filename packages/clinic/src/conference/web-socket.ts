/** Messages over a WebSocket, binary, one each: the browser's own, or a package with the same face. */
import { ownBuffer } from '@chartseal/core/bytes'
import { JsonObject } from '@chartseal/core/json'
import type { Link, LinkEnd, LinkReceiver, Transport } from './ports.js'

/** What is used of a WebSocket. */
export interface WebSocketLike {
  binaryType: string
  readonly readyState: number
  send(data: Uint8Array<ArrayBuffer>): void
  close(): void
  addEventListener(type: 'open' | 'error', listener: () => void): void
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void
  addEventListener(
    type: 'close',
    listener: (event: { readonly code: number; readonly reason: string }) => void,
  ): void
}

export interface WebSocketOptions {
  /** A new socket, which has not opened yet; rejects as `Transport.connect` does. */
  open(): WebSocketLike | Promise<WebSocketLike>
  /** What goes first over each new socket: the ticket of a host. */
  first?(): Promise<Uint8Array>
}

const isOpen = 1
/** Whatever a server asks for. */
const mostRetryMs = 300_000

/** @example webSocketTransport({ open: () => new WebSocket(url, 'chartseal.conference.v2') }) */
export function webSocketTransport({ open, first }: WebSocketOptions): Transport {
  return {
    async connect(receiver) {
      const greeting = await first?.()
      const socket = await open()
      const link = linkOf(socket)
      await opened(socket, receiver)
      if (greeting !== undefined) link.send(greeting)
      return link
    },
  }
}

function linkOf(socket: WebSocketLike): Link {
  return {
    send(bytes) {
      if (socket.readyState === isOpen) socket.send(ownBuffer(bytes))
    },
    close: () => socket.close(),
  }
}

/** Resolves when it is open; until then its end is a refusal, and then it is told to the receiver. */
function opened(socket: WebSocketLike, receiver: LinkReceiver): Promise<void> {
  socket.binaryType = 'arraybuffer'
  return new Promise((resolve, reject) => {
    let hasOpened = false
    socket.addEventListener('open', () => {
      hasOpened = true
      resolve()
    })
    // `close` follows it.
    socket.addEventListener('error', () => undefined)
    socket.addEventListener('message', ({ data }) => {
      if (data instanceof ArrayBuffer) receiver.received(new Uint8Array(data))
      else socket.close()
    })
    socket.addEventListener('close', ({ code, reason }) => {
      if (hasOpened) receiver.ended(endOf(code, reason))
      else reject(new Error('the server did not take the connection'))
    })
  })
}

/** The codes are those of docs/spec/clinic-api.md; the reason is JSON that may say when to come again. */
function endOf(code: number, reason: string): LinkEnd {
  if (code === 4000) return { kind: 'taken-over' }
  return code === 1000 ? { kind: 'over' } : { kind: 'lost', retryMs: retryMsIn(reason) }
}

function retryMsIn(reason: string): number {
  try {
    return Math.min(JsonObject.parse(reason).count('retry_ms'), mostRetryMs)
  } catch {
    return 0
  }
}
