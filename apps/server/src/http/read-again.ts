/** A request that wants another protocol than we have is one like any other: Node reads it again, without that wish. */
import type { IncomingMessage, Server } from 'node:http'
import type { Socket } from 'node:net'

/** Whether a request that wants to upgrade was taken; then its socket was, too. */
export type TakeUpgrade = (request: IncomingMessage, socket: Socket, head: Buffer) => boolean

/** RFC 9110 7.8: a server may ignore Upgrade. Limits, errors and the body are those of the request from then on. */
export function readAgain(server: Server, request: IncomingMessage, socket: Socket, head: Buffer): void {
  if (socket.destroyed || socket.readableEnded) {
    socket.destroy()
    return
  }
  // Node gives each byte of a header as one character.
  socket.unshift(Buffer.concat([Buffer.from(headOf(request), 'latin1'), head]))
  server.emit('connection', socket)
}

function headOf({ method, url, httpVersion, rawHeaders }: IncomingMessage): string {
  const lines = [`${method} ${url} HTTP/${httpVersion}`]
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const [name = '', value = ''] = rawHeaders.slice(i, i + 2)
    const kept = keptOf(name, value)
    if (kept !== null) lines.push(`${name}: ${kept}`)
  }
  return `${lines.join('\r\n')}\r\n\r\n`
}

/** What is left of a header; `null` for nothing. */
function keptOf(name: string, value: string): string | null {
  if (/^(upgrade|http2-settings)$/i.test(name)) return null
  if (!/^connection$/i.test(name)) return value
  const words = value.split(',').map(word => word.trim())
  return words.filter(word => !/^(upgrade|http2-settings)$/i.test(word)).join(', ')
}
