/** A clinic's server that answers about conferences as a test wants. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'
import { type WebSocket, WebSocketServer } from 'ws'

export class FakeClinic {
  /** Method and path of each request. */
  readonly asked: string[] = []
  readonly sockets: WebSocket[] = []
  /** A code of the API in place of an answer. */
  refusals: Partial<Record<'PUT' | 'DELETE', string>> = {}
  readonly #server: Server

  private constructor() {
    this.#server = createServer((request, response) => this.#answer(request, response))
    const sockets = new WebSocketServer({ server: this.#server })
    sockets.on('connection', socket => this.sockets.push(socket))
  }

  static async open(port = 0): Promise<FakeClinic> {
    const clinic = new FakeClinic()
    clinic.#server.listen(port, '127.0.0.1')
    await once(clinic.#server, 'listening')
    onTestFinished(() => clinic.close())
    return clinic
  }

  get port(): number {
    const address = this.#server.address()
    return isPlace(address) ? address.port : 0
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`
  }

  async close(): Promise<void> {
    for (const socket of this.sockets.splice(0)) socket.terminate()
    this.#server.closeAllConnections()
    if (this.#server.listening) await new Promise(resolve => this.#server.close(resolve))
  }

  #answer({ method = '', url = '' }: IncomingMessage, response: ServerResponse): void {
    this.asked.push(`${method} ${url}`)
    const code = method === 'PUT' || method === 'DELETE' ? this.refusals[method] : undefined
    const type = code === undefined ? 'application/json' : 'application/problem+json'
    const answer = { origin: 'http://clinic.example', ticket: 'A'.repeat(43) }
    response.writeHead(code === undefined ? 200 : 410, { 'content-type': type, connection: 'close' })
    response.end(JSON.stringify(code === undefined ? answer : { code, title: 'It is refused.' }))
  }
}

const isPlace = (address: string | AddressInfo | null): address is AddressInfo =>
  typeof address === 'object' && address !== null
