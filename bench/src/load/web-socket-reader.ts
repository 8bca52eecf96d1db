/** Messages of a WebSocket as they come, and of each no more than its beginning: reading is not what is measured. */

/** Of the payload of each message. */
const keptBytes = 192

export interface MessageHead {
  readonly opcode: number
  readonly sizeBytes: number
  readonly payloadBytes: number
}

/** RFC 6455 5.2, from a server, which masks nothing; `null` while there is too little of it. */
export function headIn(bytes: Uint8Array, at: number): MessageHead | null {
  const [first, second] = [bytes[at], bytes[at + 1]]
  if (first === undefined || second === undefined) return null
  const sizeBytes = second < 126 ? 2 : second === 126 ? 4 : 10
  if (bytes.length - at < sizeBytes) return null
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, sizeBytes)
  const payloadBytes =
    second < 126 ? second : second === 126 ? view.getUint16(2) : Number(view.getBigUint64(2))
  return { opcode: first & 15, sizeBytes, payloadBytes }
}

export class WebSocketReader {
  readonly #message: (opcode: number, beginning: Uint8Array, payloadBytes: number) => void
  #rest: Uint8Array = new Uint8Array()
  /** Of the message that is coming. */
  #coming: { readonly opcode: number; readonly beginning: Uint8Array; readonly payloadBytes: number } | null =
    null
  #left = 0

  /** @param message is told each one once all of it is there */
  constructor(message: (opcode: number, beginning: Uint8Array, payloadBytes: number) => void) {
    this.#message = message
  }

  take(part: Uint8Array): void {
    const bytes = this.#rest.length === 0 ? part : Buffer.concat([this.#rest, part])
    let at = this.#skip(bytes, 0)
    this.#rest = new Uint8Array()
    while (at < bytes.length) {
      const head = headIn(bytes, at)
      const wantedBytes = head === null ? 0 : head.sizeBytes + Math.min(head.payloadBytes, keptBytes)
      if (head === null || bytes.length - at < wantedBytes) {
        this.#rest = Uint8Array.from(bytes.subarray(at))
        return
      }
      at = this.#begin(head, bytes, at + head.sizeBytes)
    }
  }

  #begin({ opcode, payloadBytes }: MessageHead, bytes: Uint8Array, at: number): number {
    const beginning = bytes.subarray(at, at + Math.min(payloadBytes, keptBytes))
    if (bytes.length - at >= payloadBytes) {
      this.#message(opcode, beginning, payloadBytes)
      return at + payloadBytes
    }
    this.#coming = { opcode, beginning: Uint8Array.from(beginning), payloadBytes }
    this.#left = payloadBytes
    return this.#skip(bytes, at)
  }

  #skip(bytes: Uint8Array, at: number): number {
    const taken = Math.min(this.#left, bytes.length - at)
    this.#left -= taken
    if (this.#left === 0 && this.#coming !== null) {
      const { opcode, beginning, payloadBytes } = this.#coming
      this.#coming = null
      this.#message(opcode, beginning, payloadBytes)
    }
    return at + taken
  }
}

/** A message of a client (RFC 6455 5.3) with a mask of zeros; below 64 KiB. */
export function masked(payload: Uint8Array, opcode = 2): Uint8Array {
  const isShort = payload.length < 126
  const bytes = new Uint8Array((isShort ? 6 : 8) + payload.length)
  bytes[0] = 0x80 | opcode
  bytes[1] = 0x80 | (isShort ? payload.length : 126)
  if (!isShort) new DataView(bytes.buffer).setUint16(2, payload.length)
  bytes.set(payload, bytes.length - payload.length)
  return bytes
}

/** A request for a WebSocket. */
export function upgradeOf(path: string, protocol: string): string {
  const wish = 'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13'
  const key = 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='
  const offered = protocol === '' ? '' : `Sec-WebSocket-Protocol: ${protocol}\r\n`
  return `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n${wish}\r\n${key}\r\n${offered}\r\n`
}

/** How long the answer is, once all of it is there; `null` until then. @throws Error for a refusal */
export function answerBytes(bytes: Uint8Array): number | null {
  const text = Buffer.from(bytes).toString('latin1')
  const end = text.indexOf('\r\n\r\n')
  if (end < 0) return null
  if (!text.startsWith('HTTP/1.1 101')) throw new Error(`no WebSocket: ${text.slice(0, 200)}`)
  return end + 4
}
