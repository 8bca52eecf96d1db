/** A conference at a real server: the doctor and one patient are ours, and another patient comes from elsewhere. */
import { createRequire } from 'node:module'
import {
  Client,
  dataFolder,
  enrol,
  invitationsIn,
  newSigner,
  signed,
  startClinic,
} from '../../bench/dist/cases/server-process.js'
import { driveHost, driveSeat, webSocketTransport } from '../../packages/clinic/dist/conference.js'
import { TcpRelay, tcpTransport } from '../../packages/clinic/dist/tcp.js'
import { SigningKey, verifyingKeyOf } from '../../packages/core/dist/ed25519.js'
import { decodeBase64Url, encodeBase64Url, encodeUtf8 } from '../../packages/core/dist/encoding.js'
import { SecretBytes } from '../../packages/core/dist/keys.js'
import { systemClock as clock, systemRandom as random } from '../../packages/core/dist/system.js'
import { ConferenceCore, ConferencePatient } from '../../packages/elgamal-session/dist/index.js'
import { StaticKey } from '../../packages/elgamal-session/dist/noise.js'
import { memoryFrameLog } from '../../packages/elgamal-session/dist/relay.js'
import { Events } from './events.mjs'
import { withholding } from './withholding.mjs'

// A dependency of the bench; Node 20 has no WebSocket of its own.
const { WebSocket } = createRequire(new URL('../../bench/package.json', import.meta.url))('ws')
const hourMs = 3_600_000
const hex = bytes => Buffer.from(bytes).toString('hex')
/** No verdict depends on how fast a machine is, and heads are not waited for. */
const policy = { handshakeTimeoutMs: 120_000, headEveryMs: 500 }

const timer = {
  after(ms, run) {
    const one = setTimeout(run, ms)
    return () => clearTimeout(one)
  },
}
/** What a doctor's core finds again when it starts anew. */
class Journal {
  records = []

  async append(records) {
    this.records.push(...records.map(record => Uint8Array.from(record)))
  }

  async replace(records) {
    this.records = records.map(record => Uint8Array.from(record))
  }
}

/** Our patient lives as long as this process. */
const slot = { put: async () => undefined }

const pairOf = key => ({ privateKey: new SecretBytes(key.reveal()), publicKey: key.publicKey })

/** The server of a clinic with one doctor's device: frames over WebSockets. */
export class Clinic {
  #server
  #signer = newSigner()
  #client

  static async start() {
    const clinic = new Clinic()
    clinic.#server = await startClinic(dataFolder())
    clinic.#client = new Client(clinic.#server.port)
    await enrol(clinic.#client, clinic.#signer, invitationsIn(clinic.#server.output)[0])
    return clinic
  }

  /** How the two ends of this conference come to it. */
  async wayTo(id) {
    const path = `/v1/conferences/${encodeBase64Url(id)}`
    const { port } = this.#server
    const open = protocol => () =>
      new WebSocket(`ws://127.0.0.1:${port}${path}`, protocol, { perMessageDeflate: false })
    return {
      host: webSocketTransport({ open: open('chartseal.host.v2'), first: () => this.#ticket(path) }),
      seat: webSocketTransport({ open: open('chartseal.conference.v2') }),
      address: { host: '127.0.0.1', port, path },
      close: async () => undefined,
    }
  }

  async #ticket(path) {
    const body = encodeUtf8(JSON.stringify({ v: 1, until_ms: clock.nowMs() + hourMs }))
    const headers = { 'content-type': 'application/json' }
    const answer = await this.#client.put(await signed(this.#signer, { path, headers, body }))
    return decodeBase64Url(JSON.parse(answer).ticket)
  }

  /** Its exit code. */
  stopped() {
    this.#client.end()
    this.#server.stop()
    return this.#server.ended
  }

  kill() {
    this.#server.kill()
  }
}

/**
 * A doctor's computer that listens itself: frames over TCP. Its relay asks for cookies from the first hello on, and
 * somebody on the way can keep frames back.
 */
export const listening = {
  async wayTo(id) {
    const where = { conference: id, log: memoryFrameLog(), address: '127.0.0.1', port: 0 }
    const relay = await TcpRelay.open({
      ...where,
      clock,
      random,
      policy: { cookieAt: 0 },
      onFault: console.error,
    })
    const address = { host: '127.0.0.1', port: relay.port }
    const proxy = await withholding(address)
    return {
      host: relay.transport,
      seat: tcpTransport(address),
      address: { ...proxy.address, path: null },
      withhold: proxy.withhold,
      async close() {
        await proxy.close()
        await relay.close()
      },
    }
  },
}

/** The public one, in hexadecimal. */
export const anotherSigningKey = () => hex(verifyingKeyOf(SigningKey.generate(random)))

/** A patient's keys, and what the doctor knows of them. */
function newPatient(suite, name) {
  const staticKey = StaticKey.generate(suite, random)
  const psk = random.bytes(32)
  return {
    enrolled: { name, staticKey: staticKey.publicKey, psk: new SecretBytes(psk) },
    seat: { staticKey: pairOf(staticKey), psk: new SecretBytes(psk) },
    inHex: { static: hex(staticKey.reveal()), psk: hex(psk) },
  }
}

export class Conference {
  doctor = new Events('the doctor')
  ours = new Events('our patient')
  /** What the patient from elsewhere is told, in hexadecimal where it is bytes. */
  forThem
  #way
  #journal = new Journal()
  #known
  #host
  #core
  #seat
  #our

  static async begin(ways, suite) {
    const conference = new Conference()
    const id = random.bytes(16)
    conference.#begin(id, suite, await ways.wayTo(id))
    return conference
  }

  #begin(id, suite, way) {
    const [staticKey, signingKey] = [StaticKey.generate(suite, random), SigningKey.generate(random)]
    const pinned = { doctorStatic: staticKey.publicKey, doctorSigning: verifyingKeyOf(signingKey) }
    const [theirs, ours] = [newPatient(suite, 'theirs'), newPatient(suite, 'ours')]
    this.#way = way
    this.#our = { id, suite, ...pinned, ...ours.seat }
    this.forThem = {
      ...{
        suite,
        id: hex(id),
        doctor_static: hex(pinned.doctorStatic),
        doctor_signing: hex(pinned.doctorSigning),
      },
      ...theirs.inHex,
      ...way.address,
    }
    this.#known = {
      keys: () => ({ id, suite, staticKey: pairOf(staticKey), signingKey }),
      patients: [theirs.enrolled, ours.enrolled],
    }
    this.#start()
  }

  #start() {
    const { keys, patients } = this.#known
    const journal = this.#journal
    const { records } = journal
    const started = ConferenceCore.start({ keys: keys(), patients, journal: records, policy, clock, random })
    const onEvent = event => this.doctor.note(event)
    this.#core = started.core
    this.#host = driveHost({ started, journal, timer, random, transport: this.#way.host, onEvent })
    this.#host.over.catch(() => this.doctor.end())
  }

  /** The core dies with what it knows, and another one starts from the journal. */
  async startsAgain() {
    this.order('close')
    await this.#host.over
    this.#start()
  }

  order(kind, fields = {}) {
    this.#host.order({ kind, ...fields })
  }

  /** What the core says of them. */
  get them() {
    return this.#core.member('theirs')
  }

  /** The newest frame for all. */
  get newest() {
    return this.#core.sequence
  }

  /** Keeps this frame back from them. Whether there is anybody who can. */
  withhold(sequence) {
    this.#way.withhold?.(sequence)
    return this.#way.withhold !== undefined
  }

  oursJoins() {
    const patient = new ConferencePatient({ keys: this.#our, record: null, clock, random })
    const onEvent = event => this.ours.note(event)
    this.#seat = driveSeat({ patient, slot, timer, random, transport: this.#way.seat, onEvent })
    this.#seat.order({ kind: 'join' })
  }

  /** After a block. */
  oursComesAgain() {
    this.order('unblock', { patient: 'ours' })
    this.#seat.order({ kind: 'join' })
  }

  /** Whether or not it has ended, nothing of it goes on here. */
  async close() {
    for (const driver of [this.#host, this.#seat]) {
      driver?.order({ kind: 'close' })
      await driver?.over
    }
    await this.#way.close()
  }
}
