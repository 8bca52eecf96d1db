/** The doctor's end over TCP: carries events to the state machine and its effects to the sockets. */
import { createServer, type Server, type Socket } from 'node:net'
import type { Clock, Random } from '@chartseal/core/ports'
import {
  type ConnectionId,
  type DoctorEffect,
  type DoctorEvent,
  type DoctorSettings,
  type DoctorState,
  type MonotonicClock,
  maxPatientFrameBytes,
  memberIds,
  openConference,
  type ParticipantId,
  type PerformanceRow,
  stepDoctor,
} from '@chartseal/elgamal-session/interim'
import { closeSoon, readFrames, sendFrame } from './interim-frames.js'
import { type Stopwatch, startStopwatch } from './measure.js'

const tickMs = 500

export type HostEvent = Exclude<DoctorEffect, { kind: 'send' | 'close' | 'wipe' }>

export interface HostOptions extends DoctorSettings {
  readonly address: string
  /** 0 takes any free port. */
  readonly port: number
  readonly clock: Clock
  readonly random: Random
  readonly monotonic: MonotonicClock
  onEvent(event: HostEvent): void
}

export class ConferenceHost {
  readonly #options: HostOptions
  readonly #stopwatch: Stopwatch
  readonly #server: Server
  readonly #sockets = new Map<ConnectionId, Socket>()
  readonly #timer: NodeJS.Timeout
  #state: DoctorState
  #connections = 0

  private constructor(options: HostOptions) {
    this.#options = options
    this.#stopwatch = startStopwatch(options.monotonic)
    this.#state = openConference(options, this.#environment())
    this.#server = createServer(socket => this.#accept(socket))
    this.#timer = setInterval(() => this.#tell({ kind: 'tick' }), tickMs)
  }

  /** Listens; rejects where the port cannot be had. */
  static async open(options: HostOptions): Promise<ConferenceHost> {
    const host = new ConferenceHost(options)
    try {
      await new Promise<void>((resolve, reject) => {
        // Stays: after this, an error is one connection that could not be taken, for want of files say.
        host.#server.on('error', reject)
        host.#server.listen(options.port, options.address, resolve)
      })
    } catch (error) {
      await host.close()
      throw error
    }
    return host
  }

  get port(): number {
    const address = this.#server.address()
    return typeof address === 'object' && address !== null ? address.port : 0
  }

  get members(): readonly string[] {
    return memberIds(this.#state)
  }

  /** Call count and average time of each primitive, over all patients. */
  performance(): readonly PerformanceRow[] {
    return this.#stopwatch.rows()
  }

  /** @throws ChartsealError `session/text-too-long`, `encoding/invalid` */
  broadcast(text: string): void {
    this.#tell({ kind: 'broadcast', text })
  }

  block(id: ParticipantId): void {
    this.#tell({ kind: 'block', id })
  }

  /** Tells everybody, and frees the port. */
  async close(): Promise<void> {
    clearInterval(this.#timer)
    this.#tell({ kind: 'end' })
    if (this.#server.listening) await new Promise(resolve => this.#server.close(resolve))
  }

  #accept(socket: Socket): void {
    const connection = this.#connections++
    this.#sockets.set(connection, socket)
    readFrames(
      socket,
      maxPatientFrameBytes,
      body => this.#tell({ kind: 'received', connection, body }),
      () => {
        this.#sockets.delete(connection)
        this.#tell({ kind: 'closed', connection })
      },
    )
    this.#tell({ kind: 'opened', connection })
  }

  #environment(): { nowMs: number; random: Random; primitives: Stopwatch['primitives'] } {
    const { clock, random } = this.#options
    return { nowMs: clock.nowMs(), random, primitives: this.#stopwatch.primitives }
  }

  #tell(event: DoctorEvent): void {
    const { state, effects } = stepDoctor(this.#state, event, this.#environment())
    this.#state = state
    for (const effect of effects) this.#carryOut(effect)
  }

  #carryOut(effect: DoctorEffect): void {
    switch (effect.kind) {
      case 'send': {
        const socket = this.#sockets.get(effect.connection)
        if (socket !== undefined) sendFrame(socket, effect.bytes)
        return
      }
      case 'close': {
        const socket = this.#sockets.get(effect.connection)
        if (socket !== undefined) closeSoon(socket)
        return
      }
      case 'wipe':
        effect.secret.wipe()
        return
      default:
        this.#options.onEvent(effect)
    }
  }
}
