/** Officers of a clinic, and rosters that they sign. */
import { rosterMessage } from '@chartseal/clinic/roster'
import { thumbprintOf } from '@chartseal/clinic/signed-request'
import { SigningKey, sign, verifyingKeyOf } from '@chartseal/core/ed25519'
import { encodeBase64Url, encodeUtf8 } from '@chartseal/core/encoding'
import { systemRandom } from '@chartseal/core/system'
import { expect } from 'vitest'
import { asJson, name16, origin, startMs, type TestClinic, type TestDevice, text } from './api-world.js'

/** Signs a roster as officers do. `DeviceClient` signs requests only, so officers of these tests have keys of their own. */
export interface Officer {
  readonly kid: string
  sign(textOfRoster: Uint8Array): string
}

export async function officer(world: TestClinic, role: 'doctor' | 'patient' = 'doctor'): Promise<Officer> {
  const key = SigningKey.generate(systemRandom)
  const kid = thumbprintOf(verifyingKeyOf(key))
  const identity = encodeBase64Url(verifyingKeyOf(key))
  const { store } = world.clinic
  const keys = encodeUtf8(JSON.stringify({ v: 1, identity, noise: encodeBase64Url(systemRandom.bytes(32)) }))
  await store.devices.add({ kid, role, keys, box: name16(), addedMs: startMs })
  return { kid, sign: message => encodeBase64Url(sign(key, rosterMessage(message))) }
}

export interface RosterFields {
  readonly seq: number
  readonly previous: string
  readonly officers: readonly string[]
  readonly threshold?: number
  readonly origin?: string
}

export function rosterText({
  seq,
  previous,
  officers,
  threshold = 1,
  origin: from = origin,
}: RosterFields): Uint8Array {
  return text(JSON.stringify({ v: 1, origin: from, seq, previous, officers, threshold, people: [] }))
}

export function signedBy(message: Uint8Array, officers: readonly Officer[]): Uint8Array {
  const signatures = officers.map(one => ({ kid: one.kid, signature: one.sign(message) }))
  return text(JSON.stringify({ roster: encodeBase64Url(message), signatures }))
}

export const putRoster = ({ ask }: TestClinic, seq: number, body: Uint8Array): Promise<Response> =>
  ask('PUT', `/v1/roster/${seq}`, { body: new Uint8Array(body), headers: asJson })

export async function publishFirst(world: TestClinic, others: readonly TestDevice[]): Promise<Officer> {
  const first = await officer(world)
  const message = rosterText({ seq: 1, previous: '', officers: [first.kid, ...others.map(({ kid }) => kid)] })
  expect((await putRoster(world, 1, signedBy(message, [first]))).status).toBe(200)
  return first
}
