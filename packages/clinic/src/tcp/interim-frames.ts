/** Frames over one TCP socket. */
import type { Socket } from 'node:net'
import { ChartsealError } from '@chartseal/core/errors'
import { FrameReader } from '@chartseal/elgamal-session/interim'

// Whoever does not read what they are sent must not fill the other's memory.
export const maxUnsentBytes = 4_194_304
// Nor keep a connection, and with it the port, for longer than this once it is to end.
const lingerMs = 2000

/** Calls `onBody` for each whole frame and `onEnd` once, however the connection ends. */
export function readFrames(
  socket: Socket,
  limitBytes: number,
  onBody: (body: Uint8Array) => void,
  onEnd: () => void,
): void {
  const reader = new FrameReader(limitBytes)
  socket.on('data', chunk => {
    for (const body of bodiesOf(reader, Buffer.from(chunk), socket)) {
      if (socket.destroyed) return
      onBody(body)
    }
  })
  // A reset is an end like any other; 'close' follows it.
  socket.on('error', () => socket.destroy())
  socket.on('close', onEnd)
}

function bodiesOf(reader: FrameReader, chunk: Uint8Array, socket: Socket): readonly Uint8Array[] {
  try {
    return reader.push(chunk)
  } catch (error) {
    if (!(error instanceof ChartsealError)) throw error
    socket.destroy()
    return []
  }
}

export function sendFrame(socket: Socket, bytes: Uint8Array): void {
  if (socket.destroyed) return
  socket.write(bytes)
  if (socket.writableLength > maxUnsentBytes) socket.destroy()
}

/** Sends what is still to be sent; ends after `waitMs` even where the other side does not read it. */
export function closeSoon(socket: Socket, waitMs: number = lingerMs): void {
  socket.destroySoon()
  if (socket.destroyed) return
  const timer = setTimeout(() => socket.destroy(), waitMs)
  socket.once('close', () => clearTimeout(timer))
}
