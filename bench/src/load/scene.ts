/** A clinic server with one conference, which may be ended, killed and started again while people are in it. */
import { join } from 'node:path'
import { decodeBase64Url, encodeBase64Url, encodeUtf8 } from '@chartseal/core/encoding'
import { systemClock } from '@chartseal/core/system'
import type { CorePolicy } from '@chartseal/elgamal-session'
import {
  type BenchSigner,
  Client,
  dataFolder,
  enrol,
  invitationsIn,
  newSigner,
  type Running,
  signed,
  startClinic,
} from '../cases/server-process.js'
import { Doctor } from './doctor.js'
import { type Assembly, newAssembly } from './people.js'

const dayMs = 86_400_000
const json = { 'content-type': 'application/json' }
/** Limits of rates are not what a crowd from sixteen addresses is to meet. */
const roomy = ['--network-rate', '100000', '--hello-rate', '100000']

export class Scene {
  readonly assembly: Assembly = newAssembly()
  readonly path: string
  readonly #data: string
  readonly #flags: readonly string[]
  readonly #signer: BenchSigner = newSigner()
  #server: Running

  static async start(flags: readonly string[] = []): Promise<Scene> {
    const data = dataFolder()
    const all = [...roomy, ...flags]
    const scene = new Scene(data, all, await startClinic(data, { flags: all }))
    const client = new Client(scene.server.port)
    try {
      await enrol(client, scene.#signer, invitationsIn(scene.server.output)[0] ?? '')
    } finally {
      client.end()
    }
    return scene
  }

  private constructor(data: string, flags: readonly string[], server: Running) {
    this.path = `/v1/conferences/${encodeBase64Url(this.assembly.keys.id)}`
    this.#data = data
    this.#flags = flags
    this.#server = server
  }

  get server(): Running {
    return this.#server
  }

  /** What a host shows the server once. @throws Error while the server does not answer, or is about to end */
  async ticket(): Promise<Uint8Array> {
    const client = new Client(this.server.port)
    const body = encodeUtf8(JSON.stringify({ v: 1, until_ms: systemClock.nowMs() + dayMs }))
    try {
      const answer = await client.put(await signed(this.#signer, { path: this.path, headers: json, body }))
      return decodeBase64Url(JSON.parse(answer).ticket)
    } finally {
      client.end()
    }
  }

  /** A doctor with so many patients, who goes wherever the server is. */
  doctor(count: number, policy: Partial<CorePolicy> = {}): Promise<Doctor> {
    return Doctor.start({
      assembly: this.assembly,
      count,
      policy,
      file: join(this.#data, 'doctor'),
      url: () => `ws://127.0.0.1:${this.server.port}${this.path}`,
      ticket: () => this.ticket(),
    })
  }

  /** Told to end; gives its exit code. */
  stopped(): Promise<number | null> {
    this.#server.stop()
    return this.#server.ended
  }

  killed(): Promise<number | null> {
    this.#server.kill()
    return this.#server.ended
  }

  /** The same clinic, at the same port. */
  async startAgain(): Promise<void> {
    this.#server = await startClinic(this.#data, { flags: [...this.#flags, '--port', `${this.server.port}`] })
  }
}
