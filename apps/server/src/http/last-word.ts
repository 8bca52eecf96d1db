/** The end of a connection that the other side may neither read nor end. */
import type { Socket } from 'node:net'

/** After so long nobody reads what was said last. */
const lingerMs = 2_000

const leaving = new WeakSet<Socket>()

/** Whether its last word was said. */
export function isLeaving(socket: Socket): boolean {
  return leaving.has(socket)
}

/**
 * Says the last word and destroys the socket: as soon as both sides have ended, or when its time is over. What comes
 * meanwhile is read and forgotten, as closing on unread bytes would take back what was said.
 */
export function sayLast(socket: Socket, text = ''): void {
  if (leaving.has(socket)) return
  leaving.add(socket)
  const timer = setTimeout(() => socket.destroy(), lingerMs)
  socket.once('close', () => clearTimeout(timer))
  socket.once('end', () => socket.destroySoon())
  socket.on('error', () => socket.destroy())
  socket.end(text)
  if (socket.readableEnded) socket.destroySoon()
  else socket.resume()
}
