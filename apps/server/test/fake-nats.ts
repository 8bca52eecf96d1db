/** As much of a NATS server as the client needs: https://docs.nats.io/reference/reference-protocols/nats-protocol */
import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'

interface Subscription {
  readonly socket: Socket
  readonly sid: string
  readonly subject: string
}

export class FakeNats {
  /** What each client has said of itself. */
  readonly greetings: string[] = []
  /** Why nobody is let in. */
  refusal: string | null = null
  /** As if no server were there: whoever connects is cut off. */
  isDead = false
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  #subscriptions: Subscription[] = []

  private constructor() {
    this.#server = createServer(socket => this.#connected(socket))
  }

  static async start(): Promise<FakeNats> {
    const nats = new FakeNats()
    nats.#server.listen(0, '127.0.0.1')
    await once(nats.#server, 'listening')
    return nats
  }

  get url(): string {
    // A server of node:net has an address that is no text.
    const { port } = this.#server.address() as AddressInfo
    return `nats://127.0.0.1:${port}`
  }

  /** Everybody is cut off, and may come again. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  async stop(): Promise<void> {
    this.#server.close()
    this.cut()
    await once(this.#server, 'close')
  }

  #connected(socket: Socket): void {
    if (this.isDead) {
      socket.destroy()
      return
    }
    this.#sockets.add(socket)
    let waiting = Buffer.alloc(0)
    socket.on('data', (part: Buffer) => {
      waiting = Buffer.concat([waiting, part])
      for (let used = 1; used > 0; ) {
        used = this.#take(socket, waiting)
        waiting = waiting.subarray(used)
      }
    })
    socket.on('error', () => undefined)
    socket.on('close', () => {
      this.#sockets.delete(socket)
      this.#subscriptions = this.#subscriptions.filter(one => one.socket !== socket)
    })
    socket.write(`INFO {"server_id":"fake","version":"2.9.10","headers":true,"max_payload":65536}\r\n`)
  }

  /** Gives how many bytes of it belonged to one command; 0 while it is not whole. */
  #take(socket: Socket, bytes: Buffer): number {
    const end = bytes.indexOf('\r\n')
    if (end < 0) return 0
    const [name = '', ...words] = bytes.subarray(0, end).toString().split(' ')
    if (name === 'PUB') return this.#publish(words, bytes, end + 2)
    if (name === 'CONNECT') this.#greet(socket, words.join(' '))
    else if (name === 'PING') socket.write('PONG\r\n')
    else if (name === 'SUB')
      this.#subscriptions.push({ socket, subject: words[0] ?? '', sid: words[1] ?? '' })
    else if (name === 'UNSUB')
      this.#subscriptions = this.#subscriptions.filter(one => one.socket !== socket || one.sid !== words[0])
    return end + 2
  }

  #greet(socket: Socket, greeting: string): void {
    this.greetings.push(greeting)
    if (this.refusal !== null) socket.end(`-ERR '${this.refusal}'\r\n`)
  }

  #publish(words: readonly string[], bytes: Buffer, start: number): number {
    const [subject = ''] = words
    const reply = words.length === 3 ? (words[1] ?? '') : ''
    const length = Number(words.at(-1))
    if (bytes.length < start + length + 2) return 0
    const payload = bytes.subarray(start, start + length)
    const found = this.#subscriptions.filter(one => one.subject === subject)
    for (const { socket, sid } of found) {
      socket.write(`MSG ${subject} ${sid} ${reply} ${length}\r\n`)
      socket.write(Buffer.concat([payload, Buffer.from('\r\n')]))
    }
    if (found.length === 0 && reply !== '') this.#nobody(reply)
    return start + length + 2
  }

  #nobody(reply: string): void {
    const head = 'NATS/1.0 503\r\n\r\n'
    for (const { socket, sid } of this.#subscriptions.filter(one => one.subject === reply))
      socket.write(`HMSG ${reply} ${sid} ${head.length} ${head.length}\r\n${head}\r\n`)
  }
}
