/** Core and patients over the relay itself, with its gate, its log and its delivery. */
import { SigningKey, verifyingKeyOf } from '@chartseal/core/ed25519'
import { SecretBytes } from '@chartseal/core/keys'
import {
  ConferenceCore,
  type ConferenceKeys,
  ConferencePatient,
  type CoreInput,
  type CoreOutput,
  type EnrolledPatient,
  type PatientInput,
  type PatientOutput,
} from '@chartseal/elgamal-session'
import { memoryFrameLog, Relay } from '@chartseal/elgamal-session/relay'
import { fixedClock } from '@chartseal/testkit'
import { expect, it } from 'vitest'
import { keyPair, startMs } from './conference-world.js'
import { quickRandom } from './support.js'

interface Host {
  readonly name: string
  readonly patient: ConferencePatient
  readonly texts: string[]
  connection: number | null
  connectAtMs: number | null
}

/** Everything in one process, with an event loop that is turned by hand. */
class RelayedConference {
  readonly random = quickRandom(5)
  readonly clock = fixedClock(startMs)
  readonly keys: ConferenceKeys
  readonly patients: Host[] = []
  readonly book: EnrolledPatient[] = []
  readonly relay: Relay
  journal: Uint8Array[] = []
  core: ConferenceCore
  #soon: (() => void)[] = []
  #next = 1

  constructor(names: readonly string[]) {
    const { random, clock } = this
    const id = random.bytes(16)
    const staticKey = keyPair('25519', random)
    this.keys = { id, suite: '25519', staticKey, signingKey: SigningKey.generate(random) }
    this.relay = new Relay({
      conference: id,
      clock,
      random,
      log: memoryFrameLog(),
      sockets: {
        write: (connection, frames) => this.#toPatient(connection, frames),
        pendingBytes: () => 0,
        close: connection => this.later(() => this.#closed(connection)),
      },
      toCore: bytes => {
        const copy = Uint8Array.from(bytes)
        this.later(() => this.input({ kind: 'link', bytes: copy }))
        return 0
      },
      soon: work => this.later(work),
      onEnd: () => {},
      onFault(error) {
        throw error
      },
    })
    for (const name of names) this.#seat(name)
    this.core = this.startCore()
  }

  #seat(name: string): void {
    const { random, clock, keys } = this
    const staticKey = keyPair('25519', random)
    const psk = new SecretBytes(random.bytes(32))
    this.book.push({ name, staticKey: staticKey.publicKey, psk })
    const doctor = { doctorStatic: keys.staticKey.publicKey, doctorSigning: verifyingKeyOf(keys.signingKey) }
    const seat = { id: keys.id, suite: keys.suite, staticKey, psk, ...doctor }
    const patient = new ConferencePatient({ keys: seat, record: null, clock, random })
    this.patients.push({ name, patient, texts: [], connection: null, connectAtMs: null })
  }

  startCore(): ConferenceCore {
    const { keys, clock, random, journal, book: patients } = this
    const { core, outputs } = ConferenceCore.start({ keys, patients, journal: [...journal], clock, random })
    this.core = core
    this.#carryOut(outputs)
    this.relay.coreAttached()
    return core
  }

  later(work: () => void): void {
    this.#soon.push(work)
  }

  input(input: CoreInput): void {
    this.#carryOut(this.core.handle(input))
  }

  #carryOut(outputs: readonly CoreOutput[]): void {
    for (const output of outputs) {
      if (output.kind === 'persist') this.journal.push(output.record)
      else if (output.kind === 'replace') this.journal = [...output.records]
      else if (output.kind === 'link') this.later(() => this.relay.fromCore(output.bytes))
    }
  }

  #toPatient(connection: number, frames: readonly Uint8Array[]): number {
    for (const frame of frames) {
      const bytes = Uint8Array.from(frame)
      this.later(() => {
        const host = this.patients.find(one => one.connection === connection)
        if (host !== undefined) this.tell(host, { kind: 'received', bytes })
      })
    }
    return 0
  }

  #closed(connection: number): void {
    const host = this.patients.find(one => one.connection === connection)
    if (host === undefined) return
    host.connection = null
    this.tell(host, { kind: 'lost' })
  }

  tell(host: Host, input: PatientInput): void {
    for (const output of host.patient.handle(input)) this.#one(host, output)
  }

  #one(host: Host, output: PatientOutput): void {
    const { connection } = host
    if (output.kind === 'connect') host.connectAtMs = this.clock.nowMs() + output.afterMs
    else if (output.kind === 'send' && connection !== null) {
      this.later(() => this.relay.received(connection, output.bytes))
    } else if (output.kind === 'close') this.hangUp(host)
    else if (output.kind === 'event' && output.event.kind === 'message') host.texts.push(output.event.text)
  }

  hangUp(host: Host): void {
    const { connection } = host
    host.connection = null
    if (connection !== null) this.later(() => this.relay.closed(connection))
  }

  #connect(host: Host): void {
    host.connectAtMs = null
    host.connection = this.#next++
    this.relay.opened(host.connection, new Uint8Array(16).fill(1))
    this.tell(host, { kind: 'connected' })
  }

  /** Turns the loop until it is at rest: promises of the log take some turns. */
  async rest(): Promise<void> {
    for (let quiet = 0; quiet < 20; quiet++) {
      await Promise.resolve()
      const work = this.#soon
      this.#soon = []
      for (const one of work) one()
      if (work.length > 0) quiet = 0
    }
  }

  async pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= 250) {
      this.clock.advance(250)
      this.relay.tick()
      this.input({ kind: 'tick' })
      for (const host of this.patients) {
        if (host.connectAtMs !== null && this.clock.nowMs() >= host.connectAtMs) this.#connect(host)
        this.tell(host, { kind: 'tick' })
      }
      await this.rest()
    }
  }
}

it('gives everybody what is theirs over the relay, through lost connections and a new core', async () => {
  const names = Array.from({ length: 12 }, (_, i) => `Patient ${i}`)
  const world = new RelayedConference(names)
  for (const host of world.patients) world.tell(host, { kind: 'join' })
  await world.pass(1_000)
  expect(world.core.counts()).toMatchObject({ connected: 12 })
  world.input({ kind: 'say', text: 'one' })
  await world.rest()
  for (const host of world.patients.slice(0, 4)) {
    world.hangUp(host)
    world.tell(host, { kind: 'lost' })
  }
  await world.rest()
  expect(world.core.counts()).toMatchObject({ connected: 8, away: 4 })
  world.input({ kind: 'block', patient: 'Patient 11' })
  world.input({ kind: 'say', text: 'two', emergency: true })
  await world.pass(5_000)
  expect(world.core.counts()).toMatchObject({ connected: 11, emergencyFor: 11, emergencyReceived: 11 })
  world.relay.coreGone()
  world.startCore()
  await world.rest()
  world.input({ kind: 'say', text: 'three' })
  await world.pass(30_000)
  expect(world.core.counts()).toMatchObject({ connected: 11 })
  world.input({ kind: 'say', text: 'four' })
  await world.pass(1_000)
  for (const { name, texts } of world.patients) {
    expect([name, texts]).toEqual([name, name === 'Patient 11' ? ['one'] : ['one', 'two', 'three', 'four']])
  }
  world.input({ kind: 'end' })
  await world.rest()
  expect(world.patients.map(({ patient }) => patient.status.phase)).toEqual(
    names.map(name => (name === 'Patient 11' ? 'outside' : 'ended')),
  )
})
