/** Enrolling a device by an invitation, and ending one. */

import { parseRoster } from '@chartseal/clinic/roster'
import { signatureError, thumbprintOf } from '@chartseal/clinic/signed-request'
import { VerifyingKey } from '@chartseal/core/ed25519'
import { decodeBase64Url, encodeBase64Url, encodeUtf8 } from '@chartseal/core/encoding'
import { defaultEngine } from '@chartseal/core/engine'
import { z } from 'zod'
import type { Clinic } from '../clinic/clinic.js'
import { type EnrolledDevice, keysText } from '../clinic/directory.js'
import { endDevice } from '../clinic/end-device.js'
import { addOpening } from '../clinic/openings.js'
import { requestError } from '../errors.js'
import { type Answer, json, nothing } from '../http/answers.js'
import { kid, limits, name16, name32, roles } from '../http/names.js'
import { type Call, jsonBody, type Operation, operation } from '../http/operation.js'
import type { StoredDevice, StoredInvitation } from '../store.js'
import { rosterText } from './first-contact.js'

const none = z.strictObject({})

const enrolment = z.strictObject({ v: z.literal(1), invitation: name32, identity: name32, noise: name32 })
type Enrolment = z.output<typeof enrolment>

const deviceAnswer = z.strictObject({ kid, role: z.enum(roles), mailbox: name16, enrolled_ms: z.int() })

const putDevice = operation({
  method: 'PUT',
  path: '/v1/devices/{kid}',
  summary: 'Enrol a device: an invitation and its public keys, signed by its identity',
  auth: 'self',
  codes: ['device/ended', 'device/conflict', 'invitation/unknown', 'server/log', 'server/full'],
  params: z.strictObject({ kid }),
  query: none,
  body: jsonBody(enrolment, limits.jsonBytes),
  answer: { status: 200, json: deviceAnswer },
  async run(call, clinic) {
    const { params, body } = call
    if (body === null) throw new Error('internal: an enrolment without a body')
    const key = oneKey(call, params.kid, body.identity)
    // Before its nonce is taken: anybody makes as many keys as they like.
    if ((await clinic.store.devices.find(params.kid)) === null)
      await requireInvitation(clinic, body.invitation)
    await call.verifyWith(key)
    return clinic.turns.take(`invitation ${body.invitation}`, () => enrol(clinic, params.kid, body))
  },
})

/** The key that the path, the body and the signature name; whether whoever asks has it is another question. */
function oneKey({ signature }: Call, kidInPath: string, identity: string): VerifyingKey {
  const key = VerifyingKey.of(decodeBase64Url(identity))
  if (key === null || signature?.kid !== kidInPath || thumbprintOf(key.toBytes()) !== kidInPath)
    throw requestError('request/invalid', { fields: ['kid'] })
  return key
}

async function enrol(clinic: Clinic, kidOfDevice: string, body: Enrolment): Promise<Answer> {
  const { store, log, writes, clock, random } = clinic
  const known = await store.devices.find(kidOfDevice)
  if (known !== null) return again(known, body)
  // Looked at before anything is logged, and decided by `use`.
  const invitation = await requireInvitation(clinic, body.invitation)
  await clinic.room.require()
  const nowMs = clock.nowMs()
  const { hash, role } = invitation
  const keys = encodeUtf8(keysText(body.identity, body.noise))
  const device = { kid: kidOfDevice, role, keys, box: encodeBase64Url(random.bytes(16)), addedMs: nowMs }
  const entry = { act: 'device-enrolled', by: kidOfDevice, box: '', ids: [role], device: '' } as const
  const recorded = await log.record(entry)
  const stored = await writes.commit(async tables => {
    const use = await tables.invitations.use(hash, kidOfDevice, nowMs)
    if (use !== 'used' && use !== 'same') return null
    await tables.devices.add(device)
    await addOpening(tables, recorded, [kidOfDevice])
    return tables.devices.find(kidOfDevice)
  })
  clinic.directory.forget(kidOfDevice)
  clinic.ledger.peopleChanged()
  if (stored === null) throw requestError('invitation/unknown', {})
  return again(stored, body)
}

/** @throws ChartsealError `invitation/unknown` */
async function requireInvitation({ store, clock }: Clinic, token: string): Promise<StoredInvitation> {
  const invitation = await store.invitations.find(invitationHash(token))
  if (invitation === null || invitation.usedBy !== null || invitation.expiresMs <= clock.nowMs())
    throw requestError('invitation/unknown', {})
  return invitation
}

/** What is stored of an invitation: nobody who reads the store can use it. */
export function invitationHash(token: string): Uint8Array {
  return defaultEngine().sha256(encodeUtf8(`chartseal/invitation/v2${token}`))
}

/** The answer to whoever enrols, the first time and every other. */
function again(known: StoredDevice, { identity, noise }: Enrolment): Answer {
  if (known.endedMs !== null) throw requestError('device/ended', {})
  if (!sameText(known.keys, keysText(identity, noise))) throw requestError('device/conflict', {})
  const { role, box, addedMs } = known
  return json({ kid: known.kid, role, mailbox: box, enrolled_ms: addedMs })
}

function sameText(bytes: Uint8Array, text: string): boolean {
  return new TextDecoder().decode(bytes) === text
}

const getDevice = operation({
  method: 'GET',
  path: '/v1/devices/{kid}',
  summary: 'The key behind a kid, which its thumbprint proves, and what a roster needs of the device',
  auth: 'device',
  codes: ['device/missing'],
  params: z.strictObject({ kid }),
  query: none,
  answer: {
    status: 200,
    json: z.strictObject({ kid, identity: name32, role: z.enum(roles), mailbox: name16, ended: z.boolean() }),
  },
  async run({ params }, { directory }) {
    const found = await directory.find(params.kid)
    if (found === null) throw requestError('device/missing', {})
    const { role, box, endedMs, identity } = found
    const key = encodeBase64Url(identity.toBytes())
    return json({ kid: params.kid, identity: key, role, mailbox: box, ended: endedMs !== null })
  },
})

const deleteDevice = operation({
  method: 'DELETE',
  path: '/v1/devices/{kid}',
  summary: 'End a device for ever: its own signature, or that of an officer',
  auth: 'self',
  codes: ['device/missing', 'device/ended', 'signature/not-allowed', 'server/log'],
  params: z.strictObject({ kid }),
  query: none,
  answer: { status: 204 },
  async run(call, clinic) {
    const { signature, params } = call
    if (signature === null) throw new Error('internal: who ends a device signs')
    const by = await clinic.directory.find(signature.kid)
    await call.verifyWith(by?.identity ?? null)
    if (by === null) throw signatureError('signature/unknown-key', {})
    return clinic.turns.take(`device ${params.kid}`, () => end(clinic, by, params.kid))
  },
})

async function end(clinic: Clinic, by: EnrolledDevice, kidOfDevice: string): Promise<Answer> {
  const { store, log, writes, clock, directory, events, noteEnded, ledger } = clinic
  await requireRight(clinic, by, kidOfDevice)
  const device = await store.devices.find(kidOfDevice)
  if (device === null) throw requestError('device/missing', {})
  if (device.endedMs !== null) return nothing
  await endDevice({ log, clock, noteEnded, commit: work => writes.commit(work) }, by.kid, kidOfDevice)
  directory.forget(kidOfDevice)
  events.endDevice(kidOfDevice)
  ledger.peopleChanged()
  return nothing
}

/** A device that has ended may say once more that it has; nobody else's is its business. */
async function requireRight({ store }: Clinic, by: EnrolledDevice, kidOfDevice: string): Promise<void> {
  if (by.kid === kidOfDevice) return
  if (by.endedMs !== null) throw requestError('device/ended', {})
  const latest = await store.roster.latest()
  const officers = latest === null ? [] : parseRoster(rosterText(latest.bytes)).officers
  if (!officers.includes(by.kid)) throw signatureError('signature/not-allowed', {})
}

export const devices: readonly Operation[] = [putDevice, getDevice, deleteDevice]
