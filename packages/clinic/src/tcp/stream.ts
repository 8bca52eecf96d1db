/** Frames of a conference over TCP: each behind its length, a u32. */
import type { Socket } from 'node:net'

const lengthBytes = 4
/** The end of a connection waits at most so long for the other side to read. */
const lingerMs = 2_000

const noBytes = new Uint8Array()

/** Cuts a stream into frames. Memory is taken for what has come, at most twice, whatever a length promises. */
export class FrameCutter {
  readonly #limit: () => number
  /** What is not a whole frame yet is at its start; the rest is room. */
  #rest: Uint8Array = noBytes
  #size = 0

  /** @param limit how long a frame may be now */
  constructor(limit: () => number) {
    this.#limit = limit
  }

  /** The whole frames so far; `null` once a length is above the limit. */
  push(chunk: Uint8Array): readonly Uint8Array[] | null {
    const bytes = this.#size === 0 ? chunk : this.#joined(chunk)
    const frames: Uint8Array[] = []
    let at = 0
    while (bytes.length - at >= lengthBytes) {
      const length = new DataView(bytes.buffer, bytes.byteOffset + at).getUint32(0)
      if (length > this.#limit()) return null
      const end = at + lengthBytes + length
      if (bytes.length < end) break
      frames.push(new Uint8Array(bytes.subarray(at + lengthBytes, end)))
      at = end
    }
    if (at > 0 || this.#size === 0) this.#keep(bytes.subarray(at))
    return frames
  }

  /** Behind what was kept. The room doubles, so that many short chunks are not copied again for each. */
  #joined(chunk: Uint8Array): Uint8Array {
    const size = this.#size + chunk.length
    if (size > this.#rest.length) {
      const larger = new Uint8Array(Math.max(size, 2 * this.#size))
      larger.set(this.#rest.subarray(0, this.#size))
      this.#rest = larger
    }
    this.#rest.set(chunk, this.#size)
    this.#size = size
    return this.#rest.subarray(0, size)
  }

  #keep(bytes: Uint8Array): void {
    this.#rest = bytes.length === 0 ? noBytes : new Uint8Array(bytes)
    this.#size = bytes.length
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
