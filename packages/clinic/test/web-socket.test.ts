import { type LinkEnd, type WebSocketLike, webSocketTransport } from '@chartseal/clinic/conference'
import { describe, expect, it } from 'vitest'

/** A socket that a test opens, closes and speaks for. */
class FakeSocket extends EventTarget {
  binaryType = 'blob'
  readyState = 0
  readonly sent: Uint8Array[] = []
  closes = 0

  send(data: Uint8Array): void {
    this.sent.push(data)
  }

  close(): void {
    this.closes += 1
  }

  opens(): void {
    this.readyState = 1
    this.dispatchEvent(new Event('open'))
  }

  says(data: unknown): void {
    this.dispatchEvent(Object.assign(new Event('message'), { data }))
  }

  ends(code: number, reason = ''): void {
    this.readyState = 3
    this.dispatchEvent(Object.assign(new Event('close'), { code, reason }))
  }
}

/** The face that the transport uses; events of a test have what it reads of them. */
const faceOf = (socket: FakeSocket): WebSocketLike =>
  Object.assign(socket, {
    addEventListener: (type: string, listener: (event: never) => void) =>
      EventTarget.prototype.addEventListener.call(socket, type, (event: Event) =>
        Reflect.apply(listener, null, [event]),
      ),
  })

function connecting(first?: () => Promise<Uint8Array>) {
  const socket = new FakeSocket()
  const received: Uint8Array[] = []
  const ends: LinkEnd[] = []
  const options = { open: () => faceOf(socket) }
  const link = webSocketTransport(first === undefined ? options : { ...options, first }).connect({
    received: bytes => void received.push(bytes),
    ended: end => void ends.push(end),
  })
  return { socket, received, ends, link }
}

async function connected(first?: () => Promise<Uint8Array>) {
  const all = connecting(first)
  await Promise.resolve()
  await Promise.resolve()
  await Promise.resolve()
  all.socket.opens()
  return { ...all, link: await all.link }
}

describe('a way over a WebSocket', () => {
  it('gives binary messages both ways, and nothing into a socket that is closed', async () => {
    const { socket, link, received } = await connected()
    expect(socket.binaryType).toBe('arraybuffer')
    link.send(Uint8Array.of(1, 2))
    socket.says(Uint8Array.of(3).buffer)
    socket.readyState = 3
    link.send(Uint8Array.of(4))
    expect([socket.sent, received]).toEqual([[Uint8Array.of(1, 2)], [Uint8Array.of(3)]])
    link.close()
    expect(socket.closes).toBe(1)
  })

  it('shows a ticket first where one is given', async () => {
    const { socket } = await connected(async () => Uint8Array.of(9))
    expect(socket.sent).toEqual([Uint8Array.of(9)])
  })

  it('is closed when the other side sends text', async () => {
    const { socket, received } = await connected()
    socket.says('text')
    socket.dispatchEvent(new Event('error'))
    expect([socket.closes, received]).toEqual([1, []])
  })

  it.each([
    [4_000, '', { kind: 'taken-over' }],
    [1_000, '', { kind: 'over' }],
    [1_012, '{"retry_ms":250}', { kind: 'lost', retryMs: 250 }],
    [1_013, '{"retry_ms":9000000000}', { kind: 'lost', retryMs: 300_000 }],
    [1_006, '', { kind: 'lost', retryMs: 0 }],
    [1_006, '{"retry_ms":-1}', { kind: 'lost', retryMs: 0 }],
  ])('ends by code %i and reason %j as what it is', async (code, reason, end) => {
    const { socket, ends } = await connected()
    socket.ends(code, reason)
    expect(ends).toEqual([end])
  })

  it('is refused where the server closes before it has opened', async () => {
    const { socket, link, ends } = connecting()
    await Promise.resolve()
    await Promise.resolve()
    await Promise.resolve()
    socket.ends(1_006)
    await expect(link).rejects.toThrow('did not take the connection')
    expect(ends).toEqual([])
  })
})
