/** A relay without delays, and a network that can be told to lie. */
import { decodeHeader, flags, frameKindOf } from '@chartseal/elgamal-session/frames'
import { decodeToRelay, encodeToCore, type ToRelay } from '@chartseal/elgamal-session/relay'
import type { CoreHost, PatientHost, World } from './conference-world.js'

/** One of two ends of a connection; the relay knows it by its number. */
interface Connection {
  readonly patient: PatientHost
  /** The newest frame that they were given; `null` before they are admitted. */
  fed: bigint | null
}

/** What a relay may do to a frame on its way to somebody; an empty list drops it. */
export type Tamper = (frame: Uint8Array, connection: number) => readonly Uint8Array[]

/** Keeps every frame, and gives it to members in order. It has no keys. */
export class SimpleRelay {
  readonly world: World
  log: Uint8Array[] = []
  instance = 1
  connections = new Map<number, Connection>()
  toPatient: Tamper = frame => [frame]
  toCore: Tamper = frame => [frame]
  attachedTo: CoreHost | null = null
  ended = false
  /** How often it can empty its log. */
  restartsLeft = Number.POSITIVE_INFINITY
  #next = 1

  constructor(world: World) {
    this.world = world
  }

  get head(): bigint {
    return sequenceOf(this.log.at(-1))
  }

  attach(core: CoreHost): void {
    this.attachedTo = core
    const instance = new Uint8Array(16).fill(this.instance)
    this.#tell({ kind: 'attached', head: this.head, instance, newest: this.log.at(-1) ?? null })
    for (const [connection, { fed }] of this.connections) {
      if (fed === null) this.drop(connection)
      else this.#tell({ kind: 'opened', connection, source: new Uint8Array(16) })
    }
  }

  detach(): void {
    const core = this.attachedTo
    this.attachedTo = null
    core?.input({ kind: 'detached' })
  }

  #tell(message: Parameters<typeof encodeToCore>[0]): void {
    const core = this.attachedTo
    const bytes = encodeToCore(message)
    if (core !== null) this.world.later(() => core.input({ kind: 'link', bytes }))
  }

  connect(patient: PatientHost): number {
    const connection = this.#next++
    this.connections.set(connection, { patient, fed: null })
    this.#tell({ kind: 'opened', connection, source: new Uint8Array(16) })
    return connection
  }

  fromPatient(connection: number, frame: Uint8Array): void {
    if (!this.connections.has(connection)) return
    for (const one of this.toCore(frame, connection)) this.#tell({ kind: 'frame', connection, frame: one })
  }

  closed(connection: number): void {
    if (this.connections.delete(connection)) this.#tell({ kind: 'closed', connection })
  }

  fromCore(bytes: Uint8Array): void {
    this.#obey(decodeToRelay(bytes))
  }

  #obey(message: ToRelay): void {
    switch (message.kind) {
      case 'send':
        this.give(message.connection, message.frame)
        return
      case 'admit': {
        const one = this.connections.get(message.connection)
        if (one === undefined || one.fed !== null) return
        one.fed = message.after
        this.#feed(message.connection, one)
        return
      }
      case 'publish':
        this.#publish(message.frame)
        return
      case 'head':
        for (const [connection, { fed }] of this.connections) {
          if (fed !== null) this.give(connection, message.frame)
        }
        return
      case 'drop':
        if (message.frame !== null) this.give(message.connection, message.frame)
        this.drop(message.connection)
        return
      case 'end':
        for (const connection of [...this.connections.keys()]) {
          if (message.frame !== null) this.give(connection, message.frame)
          this.drop(connection)
        }
        this.ended = true
        return
      case 'restart':
        this.#restart(message.after)
    }
  }

  #restart(after: bigint): void {
    if (this.restartsLeft > 0) this.log = []
    else this.#tell({ kind: 'unlogged', sequence: after, head: this.head, reason: 'log' })
    this.restartsLeft = Math.max(0, this.restartsLeft - 1)
  }

  #publish(frame: Uint8Array): void {
    const sequence = sequenceOf(frame)
    if (this.log.length === 0 || sequence === this.head + 1n) this.log.push(frame)
    else if (sequence > this.head) {
      this.#tell({ kind: 'unlogged', sequence, head: this.head, reason: 'gap' })
      return
    }
    this.#tell({ kind: 'logged', sequence })
    for (const [connection, one] of this.connections) if (one.fed !== null) this.#feed(connection, one)
  }

  #feed(connection: number, one: Connection): void {
    const after = one.fed ?? 0n
    for (const frame of this.log.filter(logged => sequenceOf(logged) > after)) {
      one.fed = sequenceOf(frame)
      this.give(connection, frame)
    }
  }

  give(connection: number, frame: Uint8Array): void {
    const one = this.connections.get(connection)
    if (one === undefined) return
    for (const bytes of this.toPatient(frame, connection)) {
      this.world.later(() => one.patient.received(connection, bytes))
    }
  }

  /** The relay's side of the end of a connection. */
  drop(connection: number): void {
    const one = this.connections.get(connection)
    if (one === undefined) return
    this.connections.delete(connection)
    this.world.later(() => one.patient.lost(connection))
  }

  /** A new process: what it kept in memory is gone, the log is not. */
  restart(): void {
    const core = this.attachedTo
    for (const connection of [...this.connections.keys()]) this.drop(connection)
    this.detach()
    this.instance++
    // One core has the journal: one that was replaced meanwhile is a process that is gone.
    this.world.later(() => {
      if (core !== null && core === this.world.host) this.attach(core)
    })
  }
}

export function sequenceOf(frame: Uint8Array | undefined): bigint {
  return frame === undefined ? 0n : decodeHeader(frame).sequence
}

export function isHead(frame: Uint8Array): boolean {
  return frameKindOf(decodeHeader(frame)) === 'head'
}

/** A broadcast or a commit. */
export function isLogged(frame: Uint8Array): boolean {
  const header = decodeHeader(frame)
  return (header.flags & flags.signed) !== 0 && frameKindOf(header) === 'signed' && header.opcode !== 60
}
