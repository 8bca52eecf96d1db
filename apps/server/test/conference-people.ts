/** The doctor's core and patients as they are, over WebSockets to a server that may be killed. */
import { SigningKey, verifyingKeyOf } from '@chartseal/core/ed25519'
import { decodeBase64Url, encodeBase64Url } from '@chartseal/core/encoding'
import { SecretBytes } from '@chartseal/core/keys'
import { systemClock as clock, systemRandom as random } from '@chartseal/core/system'
import {
  ConferenceCore,
  type ConferenceKeys,
  ConferencePatient,
  type CoreEvent,
  type CoreInput,
  type CoreOutput,
  type EnrolledPatient,
  type PatientEvent,
  type PatientInput,
  type SeatKeys,
} from '@chartseal/elgamal-session'
import { StaticKey } from '@chartseal/elgamal-session/noise'
import { onTestFinished } from 'vitest'
import { WebSocket } from 'ws'
import { subprotocols } from './conference-world.js'

const suite = '25519' as const

function staticKey(): ConferenceKeys['staticKey'] {
  const key = StaticKey.generate(suite, random)
  return { privateKey: new SecretBytes(key.reveal()), publicKey: key.publicKey }
}

export interface Group {
  readonly id: string
  readonly keys: ConferenceKeys
  readonly patients: readonly EnrolledPatient[]
  readonly seats: readonly SeatKeys[]
}

export function newGroup(count: number): Group {
  const keys = {
    id: random.bytes(16),
    suite,
    staticKey: staticKey(),
    signingKey: SigningKey.generate(random),
  } as const
  const doctor = { doctorStatic: keys.staticKey.publicKey, doctorSigning: verifyingKeyOf(keys.signingKey) }
  const people = Array.from({ length: count }, (_, i) => {
    const [own, psk] = [staticKey(), new SecretBytes(random.bytes(32))]
    return {
      patient: { name: `p${i}`, staticKey: own.publicKey, psk },
      seat: { id: keys.id, suite, staticKey: own, psk, ...doctor },
    }
  })
  return {
    id: encodeBase64Url(keys.id),
    keys,
    patients: people.map(({ patient }) => patient),
    seats: people.map(({ seat }) => seat),
  }
}

function dial(port: number, id: string, protocol: string): WebSocket {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/v1/conferences/${id}`, protocol, {
    perMessageDeflate: false,
  })
  socket.binaryType = 'nodebuffer'
  socket.on('error', () => undefined)
  return socket
}

/** The doctor's process: a core, and a journal that outlives it. */
export class Doctor {
  readonly group: Group
  readonly events: CoreEvent[] = []
  journal: Uint8Array[] = []
  core: ConferenceCore | null = null
  #socket: WebSocket | null = null
  #timer: NodeJS.Timeout

  constructor(group: Group) {
    this.group = group
    this.#timer = setInterval(() => this.input({ kind: 'tick' }), 50)
    onTestFinished(() => clearInterval(this.#timer))
  }

  /** Starts from the journal, and becomes the host. */
  start(port: number, ticket: string): void {
    const { keys, patients } = this.group
    const policy = { headEveryMs: 1_000, commitAtLatestMs: 2_000 }
    const { core, outputs } = ConferenceCore.start({
      keys,
      patients,
      journal: this.journal,
      policy,
      clock,
      random,
    })
    this.core = core
    this.#carryOut(outputs)
    this.attach(port, ticket)
  }

  attach(port: number, ticket: string): void {
    const socket = dial(port, this.group.id, subprotocols.host)
    this.#socket?.terminate()
    this.#socket = socket
    onTestFinished(() => socket.terminate())
    socket.on('open', () => socket.send(decodeBase64Url(ticket)))
    socket.on('message', (data: Buffer) => {
      if (this.#socket === socket) this.input({ kind: 'link', bytes: new Uint8Array(data) })
    })
    socket.on('close', () => {
      if (this.#socket === socket) this.input({ kind: 'detached' })
    })
  }

  /** Whether it has a connection, or is about to. */
  get isAttached(): boolean {
    const state = this.#socket?.readyState
    return state === WebSocket.OPEN || state === WebSocket.CONNECTING
  }

  /** The process dies; what was durable stays. */
  die(): void {
    this.core = null
    this.#socket?.terminate()
    this.#socket = null
  }

  input(input: CoreInput): void {
    if (this.core !== null) this.#carryOut(this.core.handle(input))
  }

  of<Kind extends CoreEvent['kind']>(kind: Kind): readonly Extract<CoreEvent, { kind: Kind }>[] {
    return this.events.filter((event): event is Extract<CoreEvent, { kind: Kind }> => event.kind === kind)
  }

  #carryOut(outputs: readonly CoreOutput[]): void {
    for (const output of outputs) {
      if (output.kind === 'persist') this.journal.push(Uint8Array.from(output.record))
      else if (output.kind === 'replace') this.journal = output.records.map(record => Uint8Array.from(record))
      else if (output.kind === 'event') this.events.push(output.event)
      else if (output.kind === 'link' && this.#socket?.readyState === WebSocket.OPEN)
        this.#socket.send(Uint8Array.from(output.bytes))
    }
  }
}

/** A patient's process. */
export class Person {
  readonly events: PatientEvent[] = []
  readonly patient: ConferencePatient
  readonly #id: string
  readonly #port: () => number
  #socket: WebSocket | null = null
  #dialing: NodeJS.Timeout | undefined

  constructor(group: Group, index: number, port: () => number) {
    const [keys] = group.seats.slice(index, index + 1)
    if (keys === undefined) throw new Error('nobody')
    this.#id = group.id
    this.#port = port
    this.patient = new ConferencePatient({ keys, record: null, clock, random, policy: { maxRetryMs: 2_000 } })
    const timer = setInterval(() => this.input({ kind: 'tick' }), 250)
    onTestFinished(() => {
      clearInterval(timer)
      clearTimeout(this.#dialing)
      this.#socket?.terminate()
    })
  }

  /** What the doctor said to all, in the order in which it came. */
  get texts(): readonly string[] {
    return this.events.flatMap(event => (event.kind === 'message' ? [event.text] : []))
  }

  input(input: PatientInput): void {
    for (const output of this.patient.handle(input)) {
      if (output.kind === 'event') this.events.push(output.event)
      else if (output.kind === 'connect') this.#connect(output.afterMs)
      else if (output.kind === 'close') this.#hangUp()
      else if (output.kind === 'send' && this.#socket?.readyState === WebSocket.OPEN)
        this.#socket.send(Uint8Array.from(output.bytes))
    }
  }

  /** Reads nothing, until told to. */
  pause(): void {
    this.#socket?.pause()
  }

  resume(): void {
    this.#socket?.resume()
  }

  #hangUp(): void {
    const socket = this.#socket
    this.#socket = null
    socket?.close()
  }

  #connect(afterMs: number): void {
    this.#hangUp()
    clearTimeout(this.#dialing)
    this.#dialing = setTimeout(() => this.#dial(), afterMs)
  }

  #dial(): void {
    const socket = dial(this.#port(), this.#id, subprotocols.patient)
    this.#socket = socket
    const isMine = (): boolean => this.#socket === socket
    socket.on('open', () => isMine() && this.input({ kind: 'connected' }))
    socket.on(
      'message',
      (data: Buffer) => isMine() && this.input({ kind: 'received', bytes: new Uint8Array(data) }),
    )
    socket.on('close', () => {
      if (!isMine()) return
      this.#socket = null
      this.input({ kind: 'lost' })
    })
  }
}
