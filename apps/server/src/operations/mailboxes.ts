/** Sealed mailboxes: deposit, fetch, acknowledge. */
import { signatureError } from '@chartseal/clinic/signed-request'
import { concat, equal } from '@chartseal/core/bytes'
import { decodeUtf8, encodeBase64Url, encodeUtf8 } from '@chartseal/core/encoding'
import { z } from 'zod'
import type { Clinic } from '../clinic/clinic.js'
import { requestError } from '../errors.js'
import { type Answer, json, nothing } from '../http/answers.js'
import { after, kid, limit, limits, name16 } from '../http/names.js'
import { bytesBody, type Operation, operation } from '../http/operation.js'
import { mayHaveMore, pageOf } from '../http/pages.js'
import type { StoredMessage } from '../store.js'

const none = z.strictObject({})
const octets = z.string().describe('opaque bytes')
const names = z.strictObject({ box: name16, id: name16 })

const putMessage = operation({
  method: 'PUT',
  path: '/v1/mailboxes/{box}/{id}',
  summary: 'Deposit a message under an id of the sender’s choice',
  auth: 'sender',
  codes: ['mailbox/missing', 'mailbox/ended', 'mailbox/conflict', 'mailbox/full', 'server/log'],
  params: names,
  query: none,
  body: bytesBody(limits.messageBytes, octets),
  answer: { status: 200, json: z.strictObject({ position: z.int(), stored_ms: z.int() }) },
  admit: ({ box }, clinic) => requireOpenBox(clinic, box),
  run: ({ params: { box, id }, bytes, device }, clinic) =>
    clinic.turns.take(`${box}/${id}`, () =>
      deposit(clinic, box, id, withSender(device?.kid ?? '', bytes), device?.kid ?? null),
    ),
})

async function deposit(
  clinic: Clinic,
  box: string,
  id: string,
  bytes: Uint8Array,
  sender: string | null,
): Promise<Answer> {
  const { store, log, writes, clock, boxLimits } = clinic
  const owner = await requireOpenBox(clinic, box)
  const known = await store.mailboxes.find(box, id)
  if (known !== null) return sameOrConflict(known, bytes)
  const recorded = await log.record({ act: 'message-stored', by: sender ?? '', box, ids: [id], device: '' })
  const deposited = await writes.commit(async tables => {
    const done = await tables.mailboxes.deposit({ box, id, bytes, nowMs: clock.nowMs() }, boxLimits)
    const isNew = typeof done === 'object' && done.put === 'stored'
    if (isNew) await tables.openings.add({ ...recorded, parties: partiesOf(owner, [sender]) })
    return done
  })
  if (deposited === 'no-box') throw requestError('mailbox/missing', {})
  if (deposited === 'full') throw requestError('mailbox/full', {})
  if (deposited.put === 'conflict') throw requestError('mailbox/conflict', {})
  return depositAnswer(deposited)
}

function sameOrConflict(known: StoredMessage, bytes: Uint8Array): Answer {
  if (!equal(known.bytes, bytes)) throw requestError('mailbox/conflict', {})
  return depositAnswer(known)
}

function depositAnswer({
  position,
  storedMs,
}: {
  readonly position: number
  readonly storedMs: number
}): Answer {
  return json({ position, stored_ms: storedMs })
}

/** The kid of the owner of a mailbox that takes messages. */
async function requireOpenBox({ directory }: Clinic, box: string): Promise<string> {
  const owner = await directory.ownerOf(box)
  const device = owner === null ? null : await directory.find(owner)
  if (device === null) throw requestError('mailbox/missing', {})
  if (device.endedMs !== null) throw requestError('mailbox/ended', {})
  return device.kid
}

async function requireOwner({ directory }: Clinic, box: string, owner: string | undefined): Promise<string> {
  const known = await directory.ownerOf(box)
  if (known === null) throw requestError('mailbox/missing', {})
  if (known !== owner) throw signatureError('signature/not-allowed', {})
  return known
}

// A message is stored behind its sender: one byte of length, the kid or nothing. The same bytes from another device are
// another message.
const maxSenderBytes = 64

function withSender(sender: string, body: Uint8Array): Uint8Array {
  const name = encodeUtf8(sender)
  return concat(Uint8Array.of(name.length), name, body)
}

function senderOf(stored: Uint8Array): string | null {
  const length = stored[0] ?? 0
  return length === 0 ? null : decodeUtf8(stored.subarray(1, 1 + length))
}

function bodyOf(stored: Uint8Array): Uint8Array {
  return stored.subarray(1 + (stored[0] ?? 0))
}

function partiesOf(owner: string, senders: readonly (string | null)[]): readonly string[] {
  return [...new Set([owner, ...senders.filter(sender => sender !== null)])]
}

const listAnswer = z.strictObject({
  messages: z.array(
    z.strictObject({
      position: z.int(),
      id: name16,
      from: kid.nullable(),
      stored_ms: z.int(),
      body: z.string(),
    }),
  ),
  more: z.boolean(),
})

const listMessages = operation({
  method: 'GET',
  path: '/v1/mailboxes/{box}',
  summary: 'Messages that the owner has not acknowledged, in order',
  auth: 'device',
  codes: ['mailbox/missing', 'signature/not-allowed', 'server/log'],
  params: z.strictObject({ box: name16 }),
  query: z.strictObject({ after, limit }),
  answer: { status: 200, json: listAnswer },
  async run({ params: { box }, query, device }, clinic) {
    const owner = await requireOwner(clinic, box, device?.kid)
    const page = pageOf(query.limit)
    const given = await clinic.store.mailboxes.list(box, { ...page, after: query.after ?? 0 })
    await recordGiven(clinic, box, owner, given)
    const sizes = given.map(({ bytes }) => bytes.length)
    const more = mayHaveMore(sizes, page, limits.messageBytes + maxSenderBytes)
    return json({ messages: given.map(shown), more })
  },
})

function shown({
  position,
  id,
  bytes,
  storedMs,
}: StoredMessage): z.output<typeof listAnswer>['messages'][number] {
  return { position, id, from: senderOf(bytes), stored_ms: storedMs, body: encodeBase64Url(bodyOf(bytes)) }
}

/** Giving messages out is an access: without its entry nothing is given. */
async function recordGiven(
  { log, writes }: Clinic,
  box: string,
  owner: string,
  given: readonly StoredMessage[],
): Promise<void> {
  if (given.length === 0) return
  const ids = given.map(({ id }) => id)
  const recorded = await log.record({ act: 'messages-given', by: owner, box, ids, device: '' })
  const parties = partiesOf(
    owner,
    given.map(({ bytes }) => senderOf(bytes)),
  )
  await writes.commit(tables => tables.openings.add({ ...recorded, parties }))
}

const getMessage = operation({
  method: 'GET',
  path: '/v1/mailboxes/{box}/{id}',
  summary: 'What became of a message, for the device that sent it',
  auth: 'device',
  codes: ['mailbox/no-message'],
  params: names,
  query: none,
  answer: {
    status: 200,
    json: z.strictObject({
      state: z.enum(['stored', 'delivered']),
      position: z.int(),
      stored_ms: z.int(),
    }),
  },
  async run({ params, device }, { store }) {
    const found = await store.mailboxes.find(params.box, params.id)
    // Whether somebody else's message is there is none of their business.
    if (found === null || senderOf(found.bytes) !== device?.kid) throw requestError('mailbox/no-message', {})
    const state = found.acknowledgedMs === null ? 'stored' : 'delivered'
    return json({ state, position: found.position, stored_ms: found.storedMs })
  },
})

const deleteMessage = operation({
  method: 'DELETE',
  path: '/v1/mailboxes/{box}/{id}',
  summary: 'Acknowledge: the message is durable at the owner',
  auth: 'device',
  codes: ['mailbox/missing', 'signature/not-allowed', 'server/log'],
  params: names,
  query: none,
  answer: { status: 204 },
  run: ({ params: { box, id }, device }, clinic) =>
    clinic.turns.take(`${box}/${id}`, () => acknowledge(clinic, box, id, device?.kid)),
})

async function acknowledge(clinic: Clinic, box: string, id: string, by: string | undefined): Promise<Answer> {
  const { store, log, writes, clock, events } = clinic
  const owner = await requireOwner(clinic, box, by)
  const found = await store.mailboxes.find(box, id)
  // What was acknowledged long ago is gone; who asks again gets the same answer.
  if (found === null || found.acknowledgedMs !== null) return nothing
  const sender = senderOf(found.bytes)
  const recorded = await log.record({ act: 'message-acknowledged', by: owner, box, ids: [id], device: '' })
  await writes.commit(async tables => {
    await tables.mailboxes.acknowledge(box, id, clock.nowMs())
    await tables.openings.add({ ...recorded, parties: partiesOf(owner, [sender]) })
  })
  if (sender !== null) events.delivered(sender, box, id)
  return nothing
}

export const mailboxes: readonly Operation[] = [putMessage, listMessages, getMessage, deleteMessage]
