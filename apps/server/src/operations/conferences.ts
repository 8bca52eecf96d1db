/** Conferences: a doctor's device begins and ends one; who takes part comes by WebSocket (http/upgrade.ts). */
import { signatureError } from '@chartseal/clinic/signed-request'
import { z } from 'zod'
import type { Clinic } from '../clinic/clinic.js'
import type { EnrolledDevice } from '../clinic/directory.js'
import { endConference, turnOf } from '../clinic/end-conference.js'
import { requireLiving } from '../clinic/end-device.js'
import { addOpening } from '../clinic/openings.js'
import { ticketMs } from '../conference/conferences.js'
import { requestError } from '../errors.js'
import { type Answer, json, nothing } from '../http/answers.js'
import { limits, name16, name32 } from '../http/names.js'
import { jsonBody, type Operation, operation } from '../http/operation.js'
import type { ConferencePut, NewConference } from '../store.js'

const none = z.strictObject({})
const params = z.strictObject({ id: name16 })
const path = '/v1/conferences/{id}'
const conferenceBody = z.strictObject({ v: z.literal(1), until_ms: z.int().min(0) })

const putConference = operation({
  method: 'PUT',
  path,
  summary: 'Begin a conference, or get another ticket for its host',
  auth: 'device',
  codes: ['signature/not-allowed', 'relay/owner', 'relay/ended', 'relay/full', 'server/log', 'server/full'],
  params,
  query: none,
  body: jsonBody(conferenceBody, limits.jsonBytes),
  answer: { status: 200, json: z.strictObject({ ticket: name32, ticket_ms: z.int(), until_ms: z.int() }) },
  async run({ params: { id }, body, device }, clinic) {
    if (body === null) throw new Error('internal: a conference without a body')
    const conference = { id, owner: doctor(device), untilMs: body.until_ms, nowMs: clinic.clock.nowMs() }
    requireTime(conference)
    return clinic.turns.take(turnOf(id), () => begin(clinic, conference))
  },
})

/** @throws ChartsealError `signature/not-allowed` */
function doctor(device: EnrolledDevice | null): string {
  if (device === null) throw new Error('internal: who begins a conference signs')
  if (device.role !== 'doctor') throw signatureError('signature/not-allowed', {})
  return device.kid
}

/** @throws ChartsealError `request/invalid` */
function requireTime({ untilMs, nowMs }: NewConference): void {
  const isPossible = untilMs > nowMs && untilMs - nowMs <= limits.conferenceMs
  if (!isPossible) throw requestError('request/invalid', { fields: ['until_ms'] })
}

async function begin(clinic: Clinic, conference: NewConference): Promise<Answer> {
  const { store, writes, log, room, conferences } = clinic
  const { id, owner, untilMs } = conference
  const verdict = await store.conferences.check(conference, limits.conferences)
  refuse(verdict)
  if (verdict === 'stored') await room.require()
  const recorded =
    verdict === 'same'
      ? null
      : await log.record({ act: 'conference-begun', by: owner, box: '', ids: [id], device: '' })
  const put = await writes.commit(async tables => {
    await requireLiving(tables, owner)
    const done = await tables.conferences.put(conference, limits.conferences)
    if (done === 'stored' && recorded !== null) await addOpening(tables, recorded, [owner])
    return done
  })
  refuse(put)
  return json({ ticket: await conferences.newTicket(id), ticket_ms: ticketMs, until_ms: untilMs })
}

/** @throws ChartsealError `relay/…` */
function refuse(put: ConferencePut): void {
  if (put !== 'stored' && put !== 'same') throw requestError(`relay/${put}`, {})
}

const deleteConference = operation({
  method: 'DELETE',
  path,
  summary: 'End a conference for good: everybody is told',
  auth: 'device',
  codes: ['relay/missing', 'relay/owner', 'server/log'],
  params,
  query: none,
  answer: { status: 204 },
  run: ({ params: { id }, device }, clinic) =>
    clinic.turns.take(turnOf(id), async () => {
      const found = await clinic.store.conferences.find(id)
      if (found === null) throw requestError('relay/missing', {})
      if (found.owner !== device?.kid) throw requestError('relay/owner', {})
      await endConference(clinic, found)
      clinic.conferences.ended(id)
      return nothing
    }),
})

const getConference = operation({
  method: 'GET',
  path,
  summary: 'Take part in a conference, or be its host: a WebSocket',
  auth: 'open',
  codes: ['relay/upgrade', 'relay/missing', 'server/stopping'],
  params,
  query: none,
  answer: { status: 101 },
  // Whoever asks for a WebSocket does not come here.
  async run() {
    throw requestError('relay/upgrade', {})
  },
})

export const conferences: readonly Operation[] = [putConference, getConference, deleteConference]
