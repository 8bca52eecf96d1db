/** The relay's end of the host link: what the core knows of, and what waits for it. */
import type { LinkedConnection } from './connection.js'
import { sequenceOf } from './frame.js'
import { encodeToCore, type PublishRefusal, type ToCore } from './link.js'
import type { RelayPolicy } from './policy.js'

export interface CoreLinkOptions {
  readonly policy: RelayPolicy
  readonly instance: Uint8Array
  /** Gives how many bytes are on their way. */
  toCore(message: Uint8Array): number
}

export class CoreLink {
  readonly #options: CoreLinkOptions
  /** Connections that this core was told of. */
  readonly #known = new Set<LinkedConnection>()
  /** Of whom something is held. */
  readonly #holding = new Set<LinkedConnection>()
  #isOpen = false
  #pendingBytes = 0
  #heldBytes = 0

  constructor(options: CoreLinkOptions) {
    this.#options = options
  }

  get isOpen(): boolean {
    return this.#isOpen
  }

  /** Whether more may be sent to it now. */
  get isReady(): boolean {
    return this.#isOpen && this.#pendingBytes <= this.#options.policy.corePendingBytes
  }

  /** Names the newest frame, and each member that is still there with what they sent. */
  attach(newest: Uint8Array | null, connections: Iterable<LinkedConnection>): void {
    const { instance } = this.#options
    this.#known.clear()
    this.#isOpen = true
    this.#pendingBytes = 0
    this.#tell({
      kind: 'attached',
      head: newest === null ? 0n : BigInt(sequenceOf(newest)),
      instance,
      newest,
    })
    for (const one of connections) if (one.state === 'member') this.#name(one)
    this.#giveHeld()
  }

  detach(): void {
    this.#isOpen = false
    this.#known.clear()
  }

  /** The core reads again. */
  drained(): void {
    this.#pendingBytes = 0
    if (this.#isOpen) this.#giveHeld()
  }

  /** False when it could neither be given nor held. */
  frame(one: LinkedConnection, frame: Uint8Array): boolean {
    if (!this.isReady || one.held.length > 0) return this.#hold(one, frame)
    this.#name(one)
    this.#tell({ kind: 'frame', connection: one.id, frame })
    return true
  }

  closed(one: LinkedConnection): void {
    if (this.#known.delete(one)) this.#tell({ kind: 'closed', connection: one.id })
  }

  /** The core itself ended it. */
  forget(one: LinkedConnection): void {
    this.#known.delete(one)
  }

  /** What was held of it is given up. */
  release(one: LinkedConnection): void {
    this.#heldBytes -= one.heldBytes
    one.heldBytes = 0
    one.held = []
    this.#holding.delete(one)
  }

  logged(sequence: number): void {
    if (this.#isOpen) this.#tell({ kind: 'logged', sequence: BigInt(sequence) })
  }

  unlogged(sequence: number, newest: Uint8Array | null, reason: PublishRefusal): void {
    const head = newest === null ? 0n : BigInt(sequenceOf(newest))
    if (this.#isOpen) this.#tell({ kind: 'unlogged', sequence: BigInt(sequence), head, reason })
  }

  behind(one: LinkedConnection): void {
    if (this.#known.has(one)) this.#tell({ kind: 'behind', connection: one.id, isBehind: one.isTold })
  }

  #name(one: LinkedConnection): void {
    if (this.#known.has(one)) return
    this.#known.add(one)
    this.#tell({ kind: 'opened', connection: one.id, source: one.source })
    if (one.isTold) this.behind(one)
  }

  #hold(one: LinkedConnection, frame: Uint8Array): boolean {
    const { heldBytes, heldBytesOfAll } = this.#options.policy
    const isRoom =
      one.heldBytes + frame.length <= heldBytes && this.#heldBytes + frame.length <= heldBytesOfAll
    if (!isRoom) return false
    one.held.push(new Uint8Array(frame))
    this.#holding.add(one)
    one.heldBytes += frame.length
    this.#heldBytes += frame.length
    return true
  }

  #giveHeld(): void {
    for (const one of [...this.#holding]) {
      const { held } = one
      this.release(one)
      for (const frame of held) this.frame(one, frame)
    }
  }

  #tell(message: ToCore): void {
    this.#pendingBytes = this.#options.toCore(encodeToCore(message))
  }
}
