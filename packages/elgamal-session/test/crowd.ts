/** Many patients who come in one moment, relays with their hub, and a core that does so many handshakes a second: in simulated time. */
import { SigningKey, verifyingKeyOf } from '@chartseal/core/ed25519'
import { SecretBytes } from '@chartseal/core/keys'
import {
  ConferenceCore,
  type ConferenceKeys,
  ConferencePatient,
  type CoreOutput,
  type EnrolledPatient,
  type PatientInput,
  type PatientOutput,
} from '@chartseal/elgamal-session'
import {
  decodeToCore,
  Hub,
  linkPair,
  memoryFrameLog,
  OuterRelay,
  type RelayPolicy,
} from '@chartseal/elgamal-session/relay'
import { fixedClock } from '@chartseal/testkit'
import { keyPair, startMs } from './conference-world.js'
import { quickRandom } from './support.js'

const stepMs = 10

interface Comer {
  readonly patient: ConferencePatient
  at: { readonly relay: OuterRelay; readonly connection: number } | null
  connectAtMs: number
}

export interface CrowdOptions {
  readonly patients: number
  readonly relays: number
  /** Of the core. */
  readonly handshakesPerSecond: number
  readonly policy?: Partial<RelayPolicy>
}

export class Crowd {
  readonly clock = fixedClock(startMs)
  readonly comers: Comer[] = []
  /** Hellos that the core has worked on. */
  hellos = 0
  /** The most that waited at the core. */
  mostAtCore = 0
  /** When heads came. */
  readonly headsMs: number[] = []
  readonly #random = quickRandom(3)
  readonly #keys: ConferenceKeys
  readonly #core: ConferenceCore
  readonly #hub: Hub
  readonly #relays: readonly OuterRelay[]
  readonly #byConnection: Map<number, Comer>[] = []
  readonly #options: CrowdOptions
  /** On their way to the core; hellos among them. */
  readonly #inbox: Uint8Array[] = []
  #hellosInInbox = 0
  #busyUntilMs = startMs
  #connections = 0
  #later: (() => void)[] = []

  constructor(options: CrowdOptions) {
    const random = this.#random
    const { clock } = this
    this.#options = options
    const staticKey = keyPair('25519', random)
    this.#keys = { id: random.bytes(16), suite: '25519', staticKey, signingKey: SigningKey.generate(random) }
    const book = Array.from({ length: options.patients }, (_, i) => this.#enrol(`Patient ${i}`))
    this.#hub = new Hub({
      log: memoryFrameLog(),
      clock,
      random,
      policy: options.policy ?? {},
      toCore: message => this.#toCore(Uint8Array.from(message)),
      onEnd: () => undefined,
      onFault: thrown,
    })
    this.#relays = Array.from({ length: options.relays }, (_, i) => this.#relay(i))
    const { core } = ConferenceCore.start({ keys: this.#keys, patients: book, journal: [], clock, random })
    this.#core = core
    this.#hub.coreAttached()
  }

  #enrol(name: string): EnrolledPatient {
    const random = this.#random
    const { id, suite, staticKey: doctor, signingKey } = this.#keys
    const staticKey = keyPair(suite, random)
    const psk = new SecretBytes(random.bytes(32))
    const pinned = { doctorStatic: doctor.publicKey, doctorSigning: verifyingKeyOf(signingKey) }
    const keys = { id, suite, staticKey, psk, ...pinned }
    const patient = new ConferencePatient({ keys, record: null, clock: this.clock, random })
    this.comers.push({ patient, at: null, connectAtMs: Number.POSITIVE_INFINITY })
    return { name, staticKey: staticKey.publicKey, psk }
  }

  #relay(number: number): OuterRelay {
    const byConnection = new Map<number, Comer>()
    this.#byConnection[number] = byConnection
    const relay = new OuterRelay({
      conference: this.#keys.id,
      clock: this.clock,
      random: this.#random,
      policy: this.#options.policy ?? {},
      soon: work => this.#later.push(work),
      onFault: thrown,
      onOver: () => undefined,
      sockets: {
        pendingBytes: () => 0,
        write: (connection, frames) => {
          for (const frame of frames) {
            const bytes = Uint8Array.from(frame)
            this.#later.push(() => this.#tell(byConnection.get(connection), { kind: 'received', bytes }))
          }
          return 0
        },
        close: connection => {
          this.#later.push(() => {
            const comer = byConnection.get(connection)
            byConnection.delete(connection)
            if (comer === undefined) return
            comer.at = null
            this.#tell(comer, { kind: 'lost' })
          })
        },
      },
    })
    linkPair(this.#hub.join, relay.join, work => this.#later.push(work))
    return relay
  }

  /** Everybody, in one moment. */
  comeAll(): void {
    for (const comer of this.comers) this.#tell(comer, { kind: 'join' })
  }

  get members(): number {
    return this.comers.filter(({ patient }) => patient.status.phase === 'member').length
  }

  /** Until it is so; gives how many seconds that took, or throws after so many. */
  async until(isSo: () => boolean, mostSeconds: number): Promise<number> {
    for (let ms = 0; ms <= 1_000 * mostSeconds; ms += stepMs) {
      if (isSo()) return ms / 1_000
      this.clock.advance(stepMs)
      this.#step(ms % 1_000 === 0, ms % 250 === 0)
      // The log answers behind a turn of the event loop.
      for (let i = 0; i < 3; i++) await Promise.resolve()
    }
    throw new Error(`not so after ${mostSeconds} s: ${this.members} members, ${this.hellos} hellos`)
  }

  #step(isSecond: boolean, isQuarter: boolean): void {
    const nowMs = this.clock.nowMs()
    if (isSecond) {
      this.#hub.tick()
      for (const relay of this.#relays) relay.tick()
    }
    for (const comer of this.comers) {
      if (nowMs >= comer.connectAtMs) this.#connect(comer)
      if (isQuarter) this.#tell(comer, { kind: 'tick' })
    }
    this.#work(nowMs)
    const now = this.#later
    this.#later = []
    for (const work of now) work()
  }

  /** The process of the core: it looks at the time when nothing else is to be done. */
  #work(nowMs: number): void {
    while (this.#busyUntilMs <= nowMs) {
      const bytes = this.#inbox.shift()
      if (bytes === undefined) {
        this.#busyUntilMs = nowMs
        this.#carryOut(this.#core.handle({ kind: 'tick' }))
        return
      }
      if (isHello(bytes)) {
        this.hellos += 1
        this.#hellosInInbox -= 1
        this.#busyUntilMs += 1_000 / this.#options.handshakesPerSecond
      }
      this.#carryOut(this.#core.handle({ kind: 'link', bytes }))
    }
  }

  #toCore(message: Uint8Array): number {
    this.#inbox.push(message)
    if (isHello(message)) this.#hellosInInbox += 1
    this.mostAtCore = Math.max(this.mostAtCore, this.#hellosInInbox)
    return 0
  }

  #carryOut(outputs: readonly CoreOutput[]): void {
    for (const output of outputs) {
      if (output.kind !== 'link') continue
      if (output.bytes[0] === 4) this.headsMs.push(this.clock.nowMs() - startMs)
      const bytes = Uint8Array.from(output.bytes)
      this.#later.push(() => this.#hub.fromCore(bytes))
    }
  }

  #connect(comer: Comer): void {
    comer.connectAtMs = Number.POSITIVE_INFINITY
    const connection = ++this.#connections
    const number = connection % this.#relays.length
    const relay = this.#relays[number]
    if (relay === undefined) throw new Error('no relay')
    comer.at = { relay, connection }
    this.#byConnection[number]?.set(connection, comer)
    // So many come from one network.
    relay.opened(connection, new Uint8Array(16).fill(connection % 50))
    if (comer.at !== null) this.#tell(comer, { kind: 'connected' })
  }

  #tell(comer: Comer | undefined, input: PatientInput): void {
    if (comer === undefined) return
    for (const output of comer.patient.handle(input)) this.#one(comer, output)
  }

  #one(comer: Comer, output: PatientOutput): void {
    if (output.kind === 'connect') comer.connectAtMs = this.clock.nowMs() + output.afterMs
    else if (output.kind === 'send' && comer.at !== null) {
      const { relay, connection } = comer.at
      this.#later.push(() => relay.received(connection, output.bytes))
    } else if (output.kind === 'close' && comer.at !== null) {
      const { relay, connection } = comer.at
      comer.at = null
      for (const one of this.#byConnection) if (one.get(connection) === comer) one.delete(connection)
      this.#later.push(() => relay.closed(connection))
    }
  }
}

function isHello(bytes: Uint8Array): boolean {
  const message = decodeToCore(bytes)
  return message.kind === 'frame' && message.frame[1] === 5
}

function thrown(error: unknown): void {
  throw error
}
