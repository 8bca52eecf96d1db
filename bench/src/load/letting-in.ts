/** The way of a doctor's process to its relay, on which members with a mark are let in beside what the core does. */
import type { Link, Transport } from '@chartseal/clinic/conference'
import { decodeToCore, encodeToRelay, type ToCore } from '@chartseal/elgamal-session/relay'
import { afterInHello, memberWelcome } from './member-hello.js'

export class LettingIn {
  readonly #inner: Transport
  /** Connections of those who are in. */
  readonly #members = new Set<number>()
  readonly #behind = new Set<number>()
  #newest = 0n

  constructor(inner: Transport) {
    this.#inner = inner
  }

  get count(): number {
    return this.#members.size
  }

  /** All who are behind, patients of the core among them. */
  get behind(): number {
    return this.#behind.size
  }

  readonly transport: Transport = {
    connect: async receiver => {
      let link: Link | null = null
      // Nothing is received before it resolves.
      link = await this.#inner.connect({
        ended: end => receiver.ended(end),
        received: bytes => {
          if (link === null || !this.#take(link, decodeToCore(bytes))) receiver.received(bytes)
        },
      })
      return link
    },
  }

  /** Whether it was none of the core's business. */
  #take(link: Link, message: ToCore): boolean {
    if (message.kind === 'attached') {
      this.#newest = message.head
      this.#members.clear()
      this.#behind.clear()
    } else if (message.kind === 'logged') this.#newest = message.sequence
    else if (message.kind === 'closed') this.#gone(message.connection)
    else if (message.kind === 'behind') this.#told(message)
    else if (message.kind === 'frame') return this.#frame(link, message.connection, message.frame)
    return false
  }

  #gone(connection: number): void {
    this.#members.delete(connection)
    this.#behind.delete(connection)
  }

  #told({ connection, isBehind }: Extract<ToCore, { readonly kind: 'behind' }>): void {
    if (isBehind) this.#behind.add(connection)
    else this.#behind.delete(connection)
  }

  #frame(link: Link, connection: number, frame: Uint8Array): boolean {
    const said = this.#members.has(connection) ? null : afterInHello(frame)
    if (said === null) return this.#members.has(connection)
    const after = said.after ?? this.#newest
    this.#members.add(connection)
    link.send(encodeToRelay({ kind: 'send', connection, frame: memberWelcome(after) }))
    link.send(encodeToRelay({ kind: 'admit', connection, after }))
    return true
  }
}
