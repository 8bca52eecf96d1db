/** A conference of version 2 in memory: the doctor's core, patients, and a relay that passes frames on. */
import { SigningKey, verifyingKeyOf } from '@chartseal/core/ed25519'
import { SecretBytes } from '@chartseal/core/keys'
import {
  ConferenceCore,
  type ConferenceKeys,
  ConferencePatient,
  type CoreEvent,
  type CoreOutput,
  type MemberState,
  type PatientOutput,
  type SeatKeys,
  type StaticKeyPair,
} from '@chartseal/elgamal-session'
import { decodeHeader } from '@chartseal/elgamal-session/frames'
import { StaticKey } from '@chartseal/elgamal-session/noise'
import { decodeToRelay, encodeToCore, type ToCore } from '@chartseal/elgamal-session/relay'
import type { Tools } from '../interop/operation.js'

const suite = '25519'

/** One connection to the relay, and all that went out on it. */
export interface Line {
  readonly connection: number
  readonly sent: Uint8Array[]
}

export class Room {
  readonly events: CoreEvent[] = []
  readonly #tools: Tools
  readonly #keys: ConferenceKeys
  readonly #core: ConferenceCore
  readonly #patients = new Map<number, ConferencePatient>()
  #connections = 0

  constructor(tools: Tools) {
    this.#tools = tools
    const { random } = tools
    const signingKey = SigningKey.generate(random)
    this.#keys = { id: random.bytes(16), suite, staticKey: this.#keyPair(), signingKey }
    const { core, outputs } = ConferenceCore.start({ keys: this.#keys, patients: [], journal: [], ...tools })
    this.#core = core
    this.#obey(outputs)
    this.#tell({ kind: 'attached', head: 0n, instance: random.bytes(16), newest: null })
  }

  #keyPair(): StaticKeyPair {
    const key = StaticKey.generate(suite, this.#tools.random)
    return { privateKey: new SecretBytes(key.reveal()), publicKey: key.publicKey }
  }

  /** Keys of somebody who knows the conference and its doctor, and whom the doctor does not know. */
  stranger(): SeatKeys {
    const { id, staticKey, signingKey } = this.#keys
    const doctor = { doctorStatic: staticKey.publicKey, doctorSigning: verifyingKeyOf(signingKey) }
    return {
      id,
      suite,
      staticKey: this.#keyPair(),
      psk: new SecretBytes(this.#tools.random.bytes(32)),
      ...doctor,
    }
  }

  /** Keys that the doctor knows under this name. */
  enrol(name: string): SeatKeys {
    const keys = this.stranger()
    const { staticKey, psk } = keys
    const patients = [{ name, staticKey: staticKey.publicKey, psk: new SecretBytes(psk.reveal()) }]
    this.#obey(this.#core.handle({ kind: 'enrol', patients }))
    return keys
  }

  join(keys: SeatKeys): Line {
    const patient = new ConferencePatient({ keys, record: null, ...this.#tools })
    const line = this.connect(patient)
    this.#carryOut(line, patient.handle({ kind: 'join' }))
    return line
  }

  /** A connection, with a patient at its end or with nobody who keeps to the rules. */
  connect(patient: ConferencePatient | null = null): Line {
    this.#connections++
    const line = { connection: this.#connections, sent: [] }
    if (patient !== null) this.#patients.set(line.connection, patient)
    this.#tell({ kind: 'opened', connection: line.connection, source: new Uint8Array(16) })
    return line
  }

  send({ connection, sent }: Line, frame: Uint8Array): void {
    sent.push(frame)
    this.#tell({ kind: 'frame', connection, frame })
  }

  stateOf(name: string): MemberState | undefined {
    return this.#core.member(name)?.state
  }

  /** Why the doctor's core did not answer, in order. */
  get refusals(): readonly string[] {
    return this.events.flatMap(event => (event.kind === 'refused' ? [event.reason] : []))
  }

  #tell(message: ToCore): void {
    this.#obey(this.#core.handle({ kind: 'link', bytes: encodeToCore(message) }))
  }

  #obey(outputs: readonly CoreOutput[]): void {
    for (const output of outputs) {
      if (output.kind === 'event') this.events.push(output.event)
      if (output.kind === 'link') this.#relay(output.bytes)
    }
  }

  #relay(bytes: Uint8Array): void {
    const message = decodeToRelay(bytes)
    if (message.kind === 'publish')
      this.#tell({ kind: 'logged', sequence: decodeHeader(message.frame).sequence })
    if (message.kind !== 'send') return
    const { connection, frame } = message
    const patient = this.#patients.get(connection)
    if (patient !== undefined)
      this.#carryOut({ connection, sent: [] }, patient.handle({ kind: 'received', bytes: frame }))
  }

  #carryOut(line: Line, outputs: readonly PatientOutput[]): void {
    for (const output of outputs) {
      if (output.kind === 'send') this.send(line, Uint8Array.from(output.bytes))
      const patient = this.#patients.get(line.connection)
      if (output.kind === 'connect' && patient !== undefined)
        this.#carryOut(line, patient.handle({ kind: 'connected' }))
    }
  }
}
