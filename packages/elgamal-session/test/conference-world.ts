/** A conference in memory: a core with its journal, a relay without delays, patients, and a network that can be told to lie. */
import { SigningKey, verifyingKeyOf } from '@chartseal/core/ed25519'
import { SecretBytes } from '@chartseal/core/keys'
import {
  ConferenceCore,
  type ConferenceKeys,
  ConferencePatient,
  type ConferenceSuite,
  type CoreEvent,
  type CoreInput,
  type CoreOutput,
  type CorePolicy,
  type PatientEvent,
  type PatientInput,
  type PatientOutput,
  type PatientPolicy,
  type SeatKeys,
  type Work,
} from '@chartseal/elgamal-session'
import { StaticKey, workHandshake } from '@chartseal/elgamal-session/noise'
import { fixedClock } from '@chartseal/testkit'
import { SimpleRelay } from './simple-relay.js'
import { quickRandom } from './support.js'

export { isHead, isLogged, SimpleRelay, sequenceOf, type Tamper } from './simple-relay.js'

export const startMs = 1_764_428_400_000

/** Thrown in the place of an output: the process of the core is gone. */
class Crash extends Error {}

export interface WorldOptions {
  readonly seed?: number
  readonly suite?: ConferenceSuite
  readonly policy?: Partial<CorePolicy>
  readonly patientPolicy?: Partial<PatientPolicy>
}

/** The process of the doctor. */
export class CoreHost {
  readonly world: World
  core: ConferenceCore | null
  events: CoreEvent[] = []
  /** So many outputs are carried out before the process dies. */
  outputsLeft = Number.POSITIVE_INFINITY
  outputs = 0

  constructor(world: World, core: ConferenceCore) {
    this.world = world
    this.core = core
  }

  input(input: CoreInput): void {
    if (this.core === null) return
    this.carryOut(this.core.handle(input))
  }

  carryOut(outputs: readonly CoreOutput[]): void {
    for (const output of outputs) {
      if (this.outputsLeft <= 0) {
        this.die()
        return
      }
      this.outputsLeft--
      this.outputs++
      this.#one(output)
    }
  }

  #one(output: CoreOutput): void {
    const { world } = this
    if (output.kind === 'persist') world.journal.push(Uint8Array.from(output.record))
    else if (output.kind === 'replace') world.journal = output.records.map(record => Uint8Array.from(record))
    else if (output.kind === 'event') this.#event(output.event)
    else if (output.kind === 'work') this.#work(output)
    else if (world.relay.attachedTo === this) {
      const bytes = Uint8Array.from(output.bytes)
      world.later(() => world.relay.fromCore(bytes))
    }
  }

  /** A pool: it answers later, and does not know whom. */
  #work({ connection, number, work }: Work): void {
    const { world } = this
    world.works++
    const psk = work.psk === null ? null : Uint8Array.from(work.psk)
    world.inPool(() => {
      const worked = workHandshake({ ...work, psk }, { staticKey: world.staticKey, random: world.random })
      this.input({ kind: 'worked', connection, number, worked, elapsedMs: 1 })
    })
  }

  #event(event: CoreEvent): void {
    this.events.push(event)
    this.world.onCoreEvent(event)
  }

  die(): void {
    this.core = null
    if (this.world.relay.attachedTo === this) this.world.relay.attachedTo = null
    for (const [connection, { fed }] of this.world.relay.connections) {
      if (fed === null) this.world.relay.drop(connection)
    }
    throw new Crash('the core died')
  }

  of<Kind extends CoreEvent['kind']>(kind: Kind): readonly Extract<CoreEvent, { kind: Kind }>[] {
    return this.events.filter((event): event is Extract<CoreEvent, { kind: Kind }> => event.kind === kind)
  }
}

/** The process of one patient. */
export class PatientHost {
  readonly world: World
  readonly name: string
  readonly keys: SeatKeys
  readonly clock: { nowMs(): number }
  patient: ConferencePatient
  record: Uint8Array | null = null
  events: PatientEvent[] = []
  connection: number | null = null
  /** When they connect; `null` for not. */
  connectAtMs: number | null = null
  /** The network of this patient is down. */
  isOffline = false

  constructor(world: World, name: string, keys: SeatKeys, skewMs: number) {
    this.world = world
    this.name = name
    this.keys = keys
    this.clock = { nowMs: () => world.clock.nowMs() + skewMs }
    this.patient = this.#fresh()
  }

  #fresh(): ConferencePatient {
    const { world, keys, record, clock } = this
    const policy = world.options.patientPolicy ?? {}
    return new ConferencePatient({ keys, record, clock, random: world.random, policy })
  }

  /** A new process with what the old one made durable. */
  restart(): void {
    this.hangUp()
    this.connectAtMs = null
    this.patient = this.#fresh()
  }

  input(input: PatientInput): void {
    for (const output of this.patient.handle(input)) this.#one(output)
  }

  #one(output: PatientOutput): void {
    switch (output.kind) {
      case 'persist':
        this.record = Uint8Array.from(output.record)
        return
      case 'connect':
        this.hangUp()
        this.connectAtMs = this.world.clock.nowMs() + output.afterMs
        return
      case 'send': {
        const { connection } = this
        const bytes = Uint8Array.from(output.bytes)
        if (connection !== null) this.world.later(() => this.world.relay.fromPatient(connection, bytes))
        return
      }
      case 'close':
        this.hangUp()
        return
      case 'event':
        this.events.push(output.event)
        this.world.onPatientEvent(this, output.event)
    }
  }

  hangUp(): void {
    const { connection } = this
    this.connection = null
    if (connection !== null) this.world.later(() => this.world.relay.closed(connection))
  }

  received(connection: number, bytes: Uint8Array): void {
    if (this.connection === connection) this.input({ kind: 'received', bytes })
  }

  lost(connection: number): void {
    if (this.connection !== connection) return
    this.connection = null
    this.input({ kind: 'lost' })
  }

  /** The network takes the connection away. */
  cut(): void {
    const { connection } = this
    if (connection === null) return
    this.hangUp()
    this.input({ kind: 'lost' })
  }

  tick(): void {
    if (this.connectAtMs !== null && this.world.clock.nowMs() >= this.connectAtMs && !this.isOffline) {
      this.connectAtMs = null
      this.connection = this.world.relay.connect(this)
      this.input({ kind: 'connected' })
    }
    this.input({ kind: 'tick' })
  }

  of<Kind extends PatientEvent['kind']>(kind: Kind): readonly Extract<PatientEvent, { kind: Kind }>[] {
    return this.events.filter((event): event is Extract<PatientEvent, { kind: Kind }> => event.kind === kind)
  }

  get texts(): readonly string[] {
    return this.of('message').map(({ text }) => text)
  }
}

export class World {
  readonly options: WorldOptions
  readonly clock = fixedClock(startMs)
  readonly random
  readonly keys: ConferenceKeys
  readonly staticKey: StaticKey
  readonly patients = new Map<string, PatientHost>()
  /** Who may come in, as the doctor's book has it. */
  readonly book = new Map<string, { name: string; staticKey: Uint8Array; psk: SecretBytes }>()
  journal: Uint8Array[] = []
  relay: SimpleRelay
  host: CoreHost
  /** How often a core gave something to a pool. */
  works = 0
  /** When the pool does what it was given; at once, in its turn. */
  inPool: (work: () => void) => void = work => this.later(work)
  onCoreEvent: (event: CoreEvent) => void = () => {}
  onPatientEvent: (patient: PatientHost, event: PatientEvent) => void = () => {}
  #queue: (() => void)[] = []

  constructor(options: WorldOptions = {}) {
    this.options = options
    this.random = quickRandom(options.seed ?? 1)
    const suite = options.suite ?? '25519'
    const staticKey = keyPair(suite, this.random)
    this.keys = { id: this.random.bytes(16), suite, staticKey, signingKey: SigningKey.generate(this.random) }
    this.staticKey = new StaticKey(suite, staticKey.privateKey)
    this.relay = new SimpleRelay(this)
    this.host = this.startCore()
  }

  /** A core that goes on where the journal ends, not attached yet. */
  startCore(journal: readonly Uint8Array[] = this.journal): CoreHost {
    const { keys, clock, random } = this
    const patients = [...this.book.values()]
    const policy = this.options.policy ?? {}
    const copy = journal.map(record => Uint8Array.from(record))
    const { core, outputs } = ConferenceCore.start({ keys, patients, journal: copy, clock, random, policy })
    this.host = new CoreHost(this, core)
    this.host.carryOut(outputs)
    return this.host
  }

  restartCore(): void {
    this.startCore()
    this.relay.attach(this.host)
  }

  attach(): this {
    this.relay.attach(this.host)
    this.run()
    return this
  }

  seat(name: string, skewMs = 0): PatientHost {
    const { random, keys } = this
    const staticKey = keyPair(keys.suite, random)
    const psk = new SecretBytes(random.bytes(32))
    const doctor = { doctorStatic: keys.staticKey.publicKey, doctorSigning: verifyingKeyOf(keys.signingKey) }
    this.book.set(name, { name, staticKey: staticKey.publicKey, psk })
    const patient = new PatientHost(
      this,
      name,
      { id: keys.id, suite: keys.suite, staticKey, psk, ...doctor },
      skewMs,
    )
    this.patients.set(name, patient)
    return patient
  }

  /** Another device with the same keys, and nothing of what the first one kept. */
  twin(first: PatientHost): PatientHost {
    const second = new PatientHost(this, first.name, first.keys, 0)
    this.patients.set(`${first.name}, again`, second)
    return second
  }

  /** Enrolled, and asked to join. */
  join(name: string, skewMs = 0): PatientHost {
    const patient = this.seat(name, skewMs)
    const entry = this.book.get(name)
    if (entry !== undefined) this.host.input({ kind: 'enrol', patients: [entry] })
    patient.input({ kind: 'join' })
    this.run()
    return patient
  }

  later(work: () => void): void {
    this.#queue.push(work)
  }

  /** Until nothing is on its way. A core that dies on the way stays dead. */
  run(): void {
    this.#drain()
    for (const patient of this.patients.values()) patient.tick()
    this.#drain()
  }

  #drain(): void {
    for (let steps = 0; this.#queue.length > 0; steps++) {
      if (steps > 200_000) throw new Error('the conference does not come to rest')
      const work = this.#queue.shift()
      if (work !== undefined) surviving(work)
    }
  }

  /** Time passes in steps, with ticks. */
  pass(ms: number, stepMs = 250): void {
    for (let left = ms; left > 0; left -= stepMs) {
      this.clock.advance(Math.min(stepMs, left))
      surviving(() => this.host.input({ kind: 'tick' }))
      this.run()
    }
  }

  input(input: CoreInput): void {
    surviving(() => this.host.input(input))
    this.run()
  }

  say(text: string, emergency = false): void {
    this.input({ kind: 'say', text, emergency })
  }

  state(name: string): string | undefined {
    return this.host.core?.member(name)?.state
  }
}

export function surviving(work: () => void): void {
  try {
    work()
  } catch (error) {
    if (!(error instanceof Crash)) throw error
  }
}

export function keyPair(suite: ConferenceSuite, random: { bytes(sizeBytes: number): Uint8Array }) {
  const key = StaticKey.generate(suite, random)
  return { privateKey: new SecretBytes(key.reveal()), publicKey: key.publicKey }
}
