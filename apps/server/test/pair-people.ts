/** People of a clinic that two servers have in turn: each asks again until somebody answers. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Clock } from '@chartseal/core/ports'
import { systemClock, systemRandom } from '@chartseal/core/system'
import { patienceMs } from '@chartseal/testkit'
import { createDeviceClient, type DeviceClient } from '../dist/clinic/client.js'
import { asJson, octets, origin, type TestClinic, type TestDevice } from './api-world.js'
import type { EmergencyWorld } from './break-glass-world.js'
import type { Pair } from './pair-world.js'

const againMs = 50
const answerMs = 20_000
const world = { clock: systemClock, random: systemRandom }

export class PairPeople {
  readonly clock: Clock = systemClock
  readonly clinic = { log: { verifierKey: '' } }
  readonly #pair: Pair
  readonly #invitations: Readonly<Record<string, string[]>>
  /** Answers that no fault of a neighbour excuses. */
  readonly faults: string[] = []
  /** How long each request took that met an outage, in ms. */
  readonly outagesMs: number[] = []
  answered = 0

  constructor(pair: Pair, invitations: Readonly<Record<string, string[]>>) {
    this.#pair = pair
    this.#invitations = invitations
  }

  invitation(role: string): string {
    const token = this.#invitations[role]?.shift()
    if (token === undefined) throw new Error(`no other ${role} was invited`)
    return token
  }

  newDevice(): DeviceClient {
    return createDeviceClient(origin, world)
  }

  /** Asks until somebody answers with something that the same again would not change. */
  async as(
    device: DeviceClient | null,
    method: string,
    path: string,
    body?: Uint8Array,
    type: Record<string, string> = octets,
  ): Promise<Response> {
    const begunMs = performance.now()
    for (let tries = 1; ; tries += 1) {
      const answer = await this.#once(device, method, path, body, type)
      const passedMs = performance.now() - begunMs
      if (answer !== null && !isPassing(answer)) {
        this.answered += 1
        if (tries > 1) this.outagesMs.push(passedMs)
        if (answer.status >= 500)
          this.faults.push(`${method} ${path}: ${answer.status} ${await answer.clone().text()}`)
        return answer
      }
      if (passedMs > patienceMs) throw new Error(`nobody answers ${method} ${path}: ${await answer?.text()}`)
      await sleep(againMs)
    }
  }

  /** As those need it who take it apart. */
  world(): Pick<TestClinic, 'as' | 'ask' | 'enrol'> & Pick<EmergencyWorld, 'clock' | 'clinic'> {
    const { clock, clinic } = this
    return {
      ...{ clock, clinic },
      as: (...asked) => this.as(...asked),
      ask: (method, path, { headers, body } = {}) =>
        this.as(
          null,
          method,
          path,
          body instanceof Uint8Array ? body : undefined,
          Object.fromEntries(new Headers(headers)),
        ),
      enrol: role => this.enrol(role),
    }
  }

  async enrol(role = 'patient'): Promise<TestDevice> {
    const device = this.newDevice()
    const invitation = this.invitation(role)
    const answer = await this.as(
      device,
      'PUT',
      `/v1/devices/${device.kid}`,
      device.enrolment(invitation),
      asJson,
    )
    if (answer.status !== 200) throw new Error(`enrolling gave ${answer.status} ${await answer.text()}`)
    return { ...device, mailbox: (await answer.json()).mailbox }
  }

  async #once(
    device: DeviceClient | null,
    method: string,
    path: string,
    body: Uint8Array | undefined,
    type: Record<string, string>,
  ): Promise<Response | null> {
    const port = this.#pair.answering()?.port
    if (port === undefined) return null
    const signed = device === null ? {} : await device.headers(method, path, body)
    const headers = { ...(body === undefined ? {} : type), ...signed }
    const signal = AbortSignal.timeout(answerMs)
    const init =
      body === undefined
        ? { method, headers, signal }
        : { method, headers, signal, body: new Uint8Array(body) }
    try {
      const answer = await fetch(`http://127.0.0.1:${port}${path}`, init)
      // A server that dies within its answer has given none.
      return new Response(
        method === 'HEAD' || answer.status === 204 ? null : await answer.arrayBuffer(),
        answer,
      )
    } catch {
      return null
    }
  }
}

const isPassing = ({ status }: Response): boolean => status === 503 || status === 429
