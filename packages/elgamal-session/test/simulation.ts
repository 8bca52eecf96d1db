/** A conference in memory: a doctor, patients, streams between them, and a clock that stands still. */
import { ChartsealError } from '@chartseal/core/errors'
import {
  type DoctorEffect,
  type DoctorEvent,
  type DoctorLimits,
  type DoctorState,
  type Environment,
  FrameReader,
  frameOf,
  maxDoctorFrameBytes,
  maxPatientFrameBytes,
  newPatient,
  openConference,
  type PatientEffect,
  type PatientEvent,
  type PatientState,
  stepDoctor,
  stepPatient,
} from '@chartseal/elgamal-session/interim'
import { environmentAt, type Person, person, seededRandom, toyPrimitives } from './support.js'

const chunkBytes = 97

export interface Line {
  readonly connection: number
  readonly person: Person
  patient: PatientState
  open: boolean
  readonly messages: string[]
  readonly effects: PatientEffect[]
  readonly toDoctor: Uint8Array[]
  readonly toPatient: Uint8Array[]
  /** Every body that the doctor sent on this line. */
  readonly heard: Uint8Array[]
}

export class Simulation {
  nowMs = 1_700_000_000_000
  doctor: DoctorState
  readonly host: Person
  readonly lines: Line[] = []
  readonly effects: DoctorEffect[] = []
  readonly #random
  readonly #primitives

  constructor(enrolled: readonly Person[], limits?: DoctorLimits, seed = 1, primitives = toyPrimitives) {
    this.#random = seededRandom(seed)
    this.#primitives = primitives
    this.host = person('Doctor', 1000)
    const pins = new Map(enrolled.map(each => [each.id, each.fingerprint]))
    const settings = { id: this.host.id, key: this.host.key, enrolled: pins }
    this.doctor = openConference(
      limits === undefined ? settings : { ...settings, limits },
      this.environment(),
    )
  }

  environment(): Environment {
    return environmentAt(this.nowMs, this.#random, this.#primitives)
  }

  /** A new connection of somebody, whoever he says he is; nothing is delivered yet. */
  connect(who: Person, pinned = this.host): Line {
    const settings = {
      id: who.id,
      key: who.key,
      idDoctor: this.host.id,
      fingerprintDoctor: pinned.fingerprint,
      handshakeTimeoutMs: 10_000,
    }
    const line: Line = {
      connection: this.lines.length,
      person: who,
      patient: newPatient(settings),
      open: true,
      messages: [],
      effects: [],
      toDoctor: [],
      toPatient: [],
      heard: [],
    }
    this.lines.push(line)
    this.tell({ kind: 'opened', connection: line.connection })
    this.act(line, { kind: 'start' })
    return line
  }

  /** Connects and runs the handshake to its end. */
  join(who: Person): Line {
    const line = this.connect(who)
    this.deliver()
    return line
  }

  /** One event at the doctor. */
  tell(event: DoctorEvent): readonly DoctorEffect[] {
    const { state, effects } = stepDoctor(this.doctor, event, this.environment())
    this.doctor = state
    this.effects.push(...effects)
    for (const effect of effects) this.#carryOut(effect)
    return effects
  }

  /** One event at a patient. */
  act(line: Line, event: PatientEvent): readonly PatientEffect[] {
    const { state, effects } = stepPatient(line.patient, event, this.environment())
    line.patient = state
    line.effects.push(...effects)
    for (const effect of effects) {
      if (effect.kind === 'send') line.toDoctor.push(effect.bytes)
      if (effect.kind === 'message') line.messages.push(effect.text)
      if (effect.kind === 'wipe') effect.secret.wipe()
      if (effect.kind === 'close') line.open = false
    }
    return effects
  }

  /** Carries frames until nothing moves, then reports the closed lines, and carries what that caused. */
  deliver(): void {
    this.#settle()
    for (const line of this.lines) {
      if (line.open) continue
      this.tell({ kind: 'closed', connection: line.connection })
      this.act(line, { kind: 'closed' })
    }
    this.#settle()
  }

  #settle(): void {
    for (let moved = true; moved; ) moved = this.lines.map(line => this.#carry(line)).some(Boolean)
  }

  /** The next frame to the doctor, if there is one. */
  carryOne(line: Line): void {
    const bytes = line.toDoctor.shift()
    if (bytes !== undefined) this.#toDoctor(line, bytes)
  }

  /** Everything that waits for the patient. */
  carryBack(line: Line): boolean {
    const down = line.toPatient.splice(0)
    for (const body of bodiesOf(down, maxDoctorFrameBytes)) this.act(line, { kind: 'received', body })
    return down.length > 0
  }

  #carry(line: Line): boolean {
    const up = line.toDoctor.splice(0)
    for (const bytes of up) this.#toDoctor(line, bytes)
    return this.carryBack(line) || up.length > 0
  }

  #toDoctor(line: Line, bytes: Uint8Array): void {
    for (const body of bodiesOf([bytes], maxPatientFrameBytes)) {
      this.tell({ kind: 'received', connection: line.connection, body })
    }
  }

  #carryOut(effect: DoctorEffect): void {
    if (effect.kind === 'wipe') effect.secret.wipe()
    if (effect.kind === 'close') this.#line(effect.connection).open = false
    if (effect.kind !== 'send') return
    const line = this.#line(effect.connection)
    line.toPatient.push(effect.bytes)
    line.heard.push(...bodiesOf([effect.bytes], maxDoctorFrameBytes))
  }

  #line(connection: number): Line {
    const line = this.lines[connection]
    if (line === undefined) throw new Error('the doctor speaks to nobody')
    return line
  }
}

/** Reads frames in small pieces; what is too long is dropped like a lost connection. */
function bodiesOf(frames: readonly Uint8Array[], limitBytes: number): readonly Uint8Array[] {
  const reader = new FrameReader(limitBytes)
  const stream = Buffer.concat(frames)
  const bodies: Uint8Array[] = []
  try {
    for (let at = 0; at < stream.length; at += chunkBytes) {
      bodies.push(...reader.push(stream.subarray(at, at + chunkBytes)))
    }
  } catch (error) {
    if (!(error instanceof ChartsealError)) throw error
  }
  return bodies
}

/** Puts any bytes on the line as one frame. */
export function inject(line: Line, body: Uint8Array): void {
  line.toDoctor.push(frameOf(body))
}

export function isMember(simulation: Simulation, line: Line): boolean {
  return simulation.doctor.connections.get(line.connection)?.phase === 'member'
}
