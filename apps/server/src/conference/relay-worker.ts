/** What a relay process does: connections of patients are handed to it, and it asks the server for the rest by links. */
import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { decodeBase64Url } from '@chartseal/core/encoding'
import type { Clock, Random } from '@chartseal/core/ports'
import { defaultRelayPolicy } from '@chartseal/elgamal-session/relay'
import { kindOf } from '../logger.js'
import { closeCodeOf, reasonText } from './closing.js'
import { Entrances } from './entrances.js'
import { LinkPipe } from './link-pipe.js'
import type { Peer } from './peer.js'
import { readToProcess, type ToProcess, type ToServer } from './relay-messages.js'
import { requestOf, WebSockets } from './web-sockets.js'
import { PingWheel } from './wheel.js'

export interface RelayWorkerOptions {
  /** To the server. */
  readonly pipe: Duplex
  readonly clock: Clock
  readonly random: Random
  /** How many connections it takes; `null` where nobody says. */
  readonly most: number | null
  send(message: ToServer): void
  /** The last word to the server was said. */
  onEnd(): void
}

const tickMs = 1_000

export class RelayWorker {
  readonly #options: RelayWorkerOptions
  readonly #sockets = new WebSockets()
  readonly #wheel: PingWheel
  readonly #pipe: LinkPipe
  readonly #refused = new Map<string, number>()
  readonly #timer: NodeJS.Timeout
  #entrances: Entrances | null = null
  #taken = 0
  #frames = 0
  #isEnding = false

  constructor(options: RelayWorkerOptions) {
    this.#options = options
    this.#wheel = new PingWheel(options.random)
    this.#pipe = new LinkPipe(options.pipe, {
      accept: () => {
        throw new Error('internal: a server opens no links')
      },
      onFault: error => this.#fault(error),
      // Whoever came would be turned away here, and this process would always have fewest: another one takes its place.
      onOver: () => this.end(),
    })
    this.#timer = setInterval(() => this.#tick(), tickMs)
  }

  take(message: unknown, handle: unknown): void {
    const known = readToProcess(message)
    if (known?.kind === 'begin') this.#begin(known.policy)
    else if (known?.kind === 'end') this.end()
    else if (known !== null) this.#join(known, handle)
  }

  /** Tells everybody to come again; the process ends with its last connection. */
  end(): void {
    if (this.#isEnding) return
    this.#isEnding = true
    clearInterval(this.#timer)
    this.#entrances?.stop()
    this.#tell()
    this.#pipe.end()
    this.#options.onEnd()
  }

  #begin(policy: Extract<ToProcess, { readonly kind: 'begin' }>['policy']): void {
    const { clock, random, most, send } = this.#options
    this.#entrances = new Entrances({
      policy,
      clock,
      random,
      counters: {
        delivered: count => {
          this.#frames += count
        },
        refused: reason => this.#refused.set(reason, (this.#refused.get(reason) ?? 0) + 1),
      },
      reach: (id, take) => this.#pipe.open(decodeBase64Url(id), take),
      onFault: error => this.#fault(error),
    })
    send({ kind: 'ready', most })
  }

  #join(join: Extract<ToProcess, { readonly kind: 'join' }>, handle: unknown): void {
    const { id, source, headers, head } = join
    this.#taken += 1
    // It may have gone on its way.
    if (handle instanceof Socket) {
      handle.on('error', () => handle.destroy())
      const request = requestOf(handle, headers)
      this.#sockets.open(request, handle, Buffer.from(head), peer => this.#joined(id, peer, source))
    }
    this.#options.send({ kind: 'taken' })
  }

  #joined(id: string, peer: Peer, source: Uint8Array): void {
    this.#wheel.add(peer)
    peer.onClose(() => this.#wheel.remove(peer))
    if (this.#isEnding) peer.close(closeCodeOf('restart'), reasonText('restart', defaultRelayPolicy.retryMs))
    else this.#entrances?.join(id, peer, source)
  }

  #tick(): void {
    this.#wheel.turn()
    this.#entrances?.tick()
    this.#tell()
  }

  #tell(): void {
    const counts = this.#entrances?.counts() ?? { connections: 0, members: 0, behind: 0 }
    this.#options.send({
      kind: 'counts',
      taken: this.#taken,
      open: this.#wheel.size,
      ...counts,
      frames: this.#frames,
      refused: [...this.#refused],
    })
  }

  #fault(error: unknown): void {
    this.#options.send({ kind: 'fault', fault: kindOf(error) })
  }
}
