/** A patient's end over TCP. */
import { connect, type Socket } from 'node:net'
import type { Clock, Random } from '@chartseal/core/ports'
import {
  type MonotonicClock,
  maxDoctorFrameBytes,
  newPatient,
  type PatientEffect,
  type PatientEvent,
  type PatientSettings,
  type PatientState,
  type PerformanceRow,
  stepPatient,
} from '@chartseal/elgamal-session/interim'
import { closeSoon, readFrames, sendFrame } from './interim-frames.js'
import { type Stopwatch, startStopwatch } from './measure.js'

const tickMs = 500

export type GuestEvent = Exclude<PatientEffect, { kind: 'send' | 'close' | 'wipe' }>

export interface GuestOptions extends PatientSettings {
  readonly address: string
  readonly port: number
  readonly clock: Clock
  readonly random: Random
  readonly monotonic: MonotonicClock
  onEvent(event: GuestEvent): void
}

export class ConferenceGuest {
  readonly #options: GuestOptions
  readonly #stopwatch: Stopwatch
  readonly #socket: Socket
  readonly #timer: NodeJS.Timeout
  #state: PatientState
  /** Resolves when the connection is over. */
  readonly ended: Promise<void>

  private constructor(options: GuestOptions, socket: Socket) {
    this.#options = options
    this.#stopwatch = startStopwatch(options.monotonic)
    this.#socket = socket
    this.#state = newPatient(options)
    this.#timer = setInterval(() => this.#act({ kind: 'tick' }), tickMs)
    this.ended = new Promise(resolve => {
      const onEnd = (): void => {
        clearInterval(this.#timer)
        this.#act({ kind: 'closed' })
        resolve()
      }
      readFrames(socket, maxDoctorFrameBytes, body => this.#act({ kind: 'received', body }), onEnd)
    })
    this.#act({ kind: 'start' })
  }

  /** Connects and says who is there; rejects where nobody listens. */
  static async open(options: GuestOptions): Promise<ConferenceGuest> {
    const socket = connect(options.port, options.address)
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject)
      socket.once('connect', () => {
        socket.off('error', reject)
        resolve()
      })
    })
    return new ConferenceGuest(options, socket)
  }

  /** Why it ended; `null` while it goes on. */
  get reason(): string | null {
    return this.#state.phase === 'ended' ? this.#state.reason : null
  }

  performance(): readonly PerformanceRow[] {
    return this.#stopwatch.rows()
  }

  /** Says goodbye (opcode 90). */
  async leave(): Promise<void> {
    this.#act({ kind: 'leave' })
    await this.ended
  }

  #act(event: PatientEvent): void {
    const { clock, random } = this.#options
    const environment = { nowMs: clock.nowMs(), random, primitives: this.#stopwatch.primitives }
    const { state, effects } = stepPatient(this.#state, event, environment)
    this.#state = state
    for (const effect of effects) this.#carryOut(effect)
  }

  #carryOut(effect: PatientEffect): void {
    switch (effect.kind) {
      case 'send':
        sendFrame(this.#socket, effect.bytes)
        return
      case 'close':
        closeSoon(this.#socket)
        return
      case 'wipe':
        effect.secret.wipe()
        return
      default:
        this.#options.onEvent(effect)
    }
  }
}
