/** Frames of a conference over TCP: each behind its length, a u32. */
import type { Socket } from 'node:net'

const lengthBytes = 4
/** The end of a connection waits at most so long for the other side to read. */
const lingerMs = 2_000

/** Cuts a stream into frames. Memory is taken for what has come, whatever a length promises. */
export class FrameCutter {
  readonly #limit: () => number
  #chunks: Buffer[] = []
  #size = 0

  /** @param limit how long a frame may be now */
  constructor(limit: () => number) {
    this.#limit = limit
  }

  /** The whole frames so far; `null` once a length is above the limit. */
  push(chunk: Uint8Array): readonly Uint8Array[] | null {
    this.#chunks.push(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength))
    this.#size += chunk.length
    const frames: Uint8Array[] = []
    while (this.#size >= lengthBytes) {
      const length = this.#join(lengthBytes).readUInt32BE()
      if (length > this.#limit()) return null
      if (this.#size < lengthBytes + length) break
      frames.push(this.#take(lengthBytes + length).subarray(lengthBytes))
    }
    return frames
  }

  /** The first chunk, made at least so long. */
  #join(sizeBytes: number): Buffer {
    const [first = Buffer.alloc(0)] = this.#chunks
    if (first.length >= sizeBytes) return first
    const whole = Buffer.concat(this.#chunks)
    this.#chunks = [whole]
    return whole
  }

  #take(sizeBytes: number): Uint8Array {
    const first = this.#join(sizeBytes)
    const rest = first.subarray(sizeBytes)
    this.#chunks.splice(0, 1, ...(rest.length > 0 ? [rest] : []))
    this.#size -= sizeBytes
    return Uint8Array.from(first.subarray(0, sizeBytes))
  }
}

/** The bytes of frames as they cross the wire. */
export function framed(frames: readonly Uint8Array[]): Buffer {
  return Buffer.concat(
    frames.flatMap(frame => {
      const length = Buffer.alloc(lengthBytes)
      length.writeUInt32BE(frame.length)
      return [length, frame]
    }),
  )
}

/** Sends what is still to be sent; ends after a while even where the other side does not read it. */
export function closeSoon(socket: Socket): void {
  socket.destroySoon()
  if (socket.destroyed) return
  const timer = setTimeout(() => socket.destroy(), lingerMs)
  socket.once('close', () => clearTimeout(timer))
}

/** Calls `onFrame` for each frame, and `onEnd` once, however the connection ends. */
export function readFrames(
  socket: Socket,
  limit: () => number,
  onFrame: (frame: Uint8Array) => void,
  onEnd: () => void,
): void {
  const cutter = new FrameCutter(limit)
  socket.on('data', chunk => {
    const frames = cutter.push(Buffer.from(chunk))
    if (frames === null) socket.destroy()
    for (const frame of frames ?? []) if (!socket.destroyed) onFrame(frame)
  })
  // A reset is an end like any other; 'close' follows it.
  socket.on('error', () => socket.destroy())
  socket.once('close', onEnd)
}
