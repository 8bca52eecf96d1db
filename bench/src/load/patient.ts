/** One patient of a crowd, as the package has them, over a WebSocket that may be as bad as anybody's. */
import { systemRandom as random } from '@chartseal/core/system'
import {
  ConferencePatient,
  type PatientEvent,
  type PatientInput,
  type PatientPolicy,
  type SeatKeys,
} from '@chartseal/elgamal-session'
import { WebSocket } from 'ws'
import { Events, type Person, type PersonWorld } from './person.js'
import { Texts } from './said.js'

/** Frames of which a patient was told that they do not come. */
export const saidMissing = 'frames said to be missing'

export class Patient implements Person {
  readonly received: Texts = new Texts()
  readonly events: Events = new Events()
  readonly #world: PersonWorld
  readonly #patient: ConferencePatient
  #socket: WebSocket | null = null
  #dialing: NodeJS.Timeout | undefined

  constructor(keys: SeatKeys, world: PersonWorld, policy: Partial<PatientPolicy> = {}) {
    this.#world = world
    this.#patient = new ConferencePatient({ keys, record: null, policy, clock: world.clock, random })
  }

  get isMember(): boolean {
    return this.#patient.status.phase === 'member'
  }

  get hasEnded(): boolean {
    return this.#patient.status.phase === 'ended'
  }

  join(): void {
    this.input({ kind: 'join' })
  }

  leave(): void {
    this.input({ kind: 'leave' })
  }

  input(input: PatientInput): void {
    for (const output of this.#patient.handle(input)) {
      if (output.kind === 'event') this.#note(output.event)
      else if (output.kind === 'connect') this.#connectAfter(output.afterMs)
      else if (output.kind === 'close') this.#hangUp()
      else if (output.kind === 'send' && this.#socket?.readyState === WebSocket.OPEN)
        this.#socket.send(output.bytes)
    }
  }

  pause(): void {
    this.#socket?.pause()
  }

  resume(): void {
    this.#socket?.resume()
  }

  cut(): void {
    const socket = this.#socket
    if (socket === null) return
    this.#socket = null
    socket.terminate()
    this.input({ kind: 'lost' })
  }

  tick(): void {
    this.input({ kind: 'tick' })
  }

  #note(event: PatientEvent): void {
    const nowMs = this.#world.clock.nowMs()
    if (event.kind === 'message') this.received.take(event.text, nowMs)
    else if (event.kind === 'reconnecting') this.events.count(`again: ${event.reason}`)
    else if (event.kind === 'joined') this.events.count(`by ${event.by}`)
    else if (event.kind === 'gap') this.#gap(event)
    else if (event.kind !== 'live') this.events.count(event.kind)
  }

  #gap({ from, to, reason }: Extract<PatientEvent, { readonly kind: 'gap' }>): void {
    // What was said while they were no member was not for them.
    if (reason !== 'not-member') this.events.add(saidMissing, Number(to - from) + 1)
  }

  #hangUp(): void {
    const socket = this.#socket
    this.#socket = null
    socket?.close()
  }

  #connectAfter(afterMs: number): void {
    this.#hangUp()
    clearTimeout(this.#dialing)
    // Who leaves wants an answer, and where no server is left they would ask for ever.
    this.#dialing = setTimeout(() => this.#dial(), afterMs).unref()
  }

  #dial(): void {
    const { port, path } = this.#world.address()
    const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, 'chartseal.conference.v2', {
      perMessageDeflate: false,
      localAddress: this.#world.from,
    })
    const ifMine = (input: PatientInput): void => {
      if (this.#socket === socket) this.input(input)
    }
    this.#socket = socket
    socket.binaryType = 'nodebuffer'
    // `close` follows it.
    socket.on('error', () => undefined)
    socket.on('open', () => ifMine({ kind: 'connected' }))
    socket.on('message', (data: Buffer) => ifMine({ kind: 'received', bytes: new Uint8Array(data) }))
    socket.on('close', () => {
      if (this.#socket !== socket) return
      this.#socket = null
      this.input({ kind: 'lost' })
    })
  }
}
