import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'

/** A way over TCP that a test cuts. */
export class Link {
  /** Where it leads; 0 while there is nobody. */
  port = 0
  #isCut = false
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  constructor() {
    this.#server = createServer(socket => this.#take(socket))
  }

  /** Resolves with the port. */
  async listen(): Promise<number> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    const address = this.#server.address()
    return typeof address === 'object' && address !== null ? address.port : 0
  }

  cut(): void {
    this.#isCut = true
    for (const socket of this.#sockets) socket.destroy()
  }

  heal(): void {
    this.#isCut = false
  }

  close(): void {
    this.cut()
    this.#server.close()
  }

  #take(from: Socket): void {
    if (this.#isCut || this.port === 0) {
      from.destroy()
      return
    }
    const to = connect(this.port, '127.0.0.1')
    for (const socket of [from, to]) {
      this.#sockets.add(socket)
      socket
        .on('error', () => undefined)
        .on('close', () => {
          this.#sockets.delete(socket)
          from.destroy()
          to.destroy()
        })
    }
    from.pipe(to).pipe(from)
  }
}
