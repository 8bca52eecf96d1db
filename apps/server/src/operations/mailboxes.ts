/** Sealed mailboxes: deposit, fetch, acknowledge. */
import { signatureError } from '@chartseal/clinic/signed-request'
import { concat } from '@chartseal/core/bytes'
import { encodeBase64Url, encodeUtf8 } from '@chartseal/core/encoding'
import { z } from 'zod'
import type { Clinic } from '../clinic/clinic.js'
import { addOpening } from '../clinic/openings.js'
import { requestError } from '../errors.js'
import { type Answer, json, nothing } from '../http/answers.js'
import { after, kid, limit, limits, name16 } from '../http/names.js'
import { bytesBody, type Operation, operation } from '../http/operation.js'
import { mayHaveMore, pageOf } from '../http/pages.js'
import type { Deposited, StoredMessage } from '../store.js'

const none = z.strictObject({})
const octets = z.string().describe('opaque bytes')
const names = z.strictObject({ box: name16, id: name16 })

const putMessage = operation({
  method: 'PUT',
  path: '/v1/mailboxes/{box}/{id}',
  summary: 'Deposit a message under an id of the sender’s choice',
  auth: 'sender',
  codes: [
    'mailbox/missing',
    'mailbox/ended',
    'mailbox/conflict',
    'mailbox/full',
    'server/log',
    'server/full',
  ],
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
  const known = await store.mailboxes.compare(box, id, bytes)
  if (known !== null) return answerTo(known)
  const message = { box, id, sender: sender ?? '', bytes, nowMs: clock.nowMs() }
  // Looked at before anything is logged, and decided by `deposit`.
  if (!(await store.mailboxes.hasRoom(message, boxLimits))) throw requestError('mailbox/full', {})
  await clinic.room.require()
  const recorded = await log.record({ act: 'message-stored', by: sender ?? '', box, ids: [id], device: '' })
  const deposited = await writes.commit(async tables => {
    const done = await tables.mailboxes.deposit(message, boxLimits)
    const isNew = typeof done === 'object' && done.put === 'stored'
    if (isNew) await addOpening(tables, recorded, partiesOf(owner, sender))
    return done
  })
  if (deposited === 'no-box') throw requestError('mailbox/missing', {})
  if (deposited === 'full') throw requestError('mailbox/full', {})
  return answerTo(deposited)
}

function answerTo({ put, position, storedMs }: Deposited): Answer {
  if (put === 'conflict') throw requestError('mailbox/conflict', {})
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

function bodyOf(stored: Uint8Array): Uint8Array {
  return stored.subarray(1 + (stored[0] ?? 0))
}

function partiesOf(owner: string, sender: string | null): readonly string[] {
  return sender === null || sender === owner ? [owner] : [owner, sender]
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
    const given = await clinic.turns.take(`given ${box}`, async () => {
      const found = await clinic.store.mailboxes.list(box, { ...page, after: query.after ?? 0 })
      await recordGiven(clinic, box, owner, found)
      return found
    })
    const sizes = given.map(({ bytes }) => bytes.length)
    const more = mayHaveMore(sizes, page, limits.messageBytes + maxSenderBytes)
    return json({ messages: given.map(shown), more })
  },
})

function shown(message: StoredMessage): z.output<typeof listAnswer>['messages'][number] {
  const { position, id, bytes, storedMs } = message
  const body = encodeBase64Url(bodyOf(bytes))
  return { position, id, from: senderOf(message), stored_ms: storedMs, body }
}

function senderOf({ sender }: StoredMessage): string | null {
  return sender === '' ? null : sender
}

/**
 * Giving messages out is an access: without its entry nothing is given. Each message has one, however often it is asked
 * for, and each sender one of their own, which names nobody else's messages.
 */
async function recordGiven(
  { log, writes }: Clinic,
  box: string,
  owner: string,
  given: readonly StoredMessage[],
): Promise<void> {
  const fresh = given.filter(({ isGiven }) => !isGiven)
  if (fresh.length === 0) return
  const recorded = await Promise.all(
    [...idsBySender(fresh)].map(async ([sender, ids]) => ({
      parties: partiesOf(owner, sender),
      entry: await log.record({ act: 'messages-given', by: owner, box, ids, device: '' }),
    })),
  )
  await writes.commit(async tables => {
    for (const { entry, parties } of recorded) await addOpening(tables, entry, parties)
    const ids = fresh.map(({ id }) => id)
    await tables.mailboxes.given(box, ids)
  })
}

function idsBySender(messages: readonly StoredMessage[]): ReadonlyMap<string | null, readonly string[]> {
  const ids = new Map<string | null, string[]>()
  for (const message of messages) {
    const sender = senderOf(message)
    const others = ids.get(sender)
    if (others === undefined) ids.set(sender, [message.id])
    else others.push(message.id)
  }
  return ids
}

const getMessage = operation({
  method: 'GET',
  path: '/v1/mailboxes/{box}/{id}',
  summary: 'What became of a message, for the device that sent it',
  auth: 'device',
  codes: ['mailbox/no-message', 'mailbox/ended'],
  params: names,
  query: none,
  answer: {
    status: 200,
    json: z.strictObject({
      state: z.enum(['stored', 'delivered', 'ended']),
      position: z.int(),
      stored_ms: z.int(),
    }),
  },
  async run({ params: { box, id }, device }, clinic) {
    const found = await clinic.store.mailboxes.find(box, id)
    const hasEnded = await isEnded(clinic, box)
    // What nobody fetched is forgotten there, and must not be taken for what was acknowledged long ago.
    if (found === null && hasEnded) throw requestError('mailbox/ended', {})
    // Whether somebody else's message is there is none of their business.
    if (found === null || found.sender !== device?.kid) throw requestError('mailbox/no-message', {})
    const waiting = hasEnded ? 'ended' : 'stored'
    const state = found.acknowledgedMs === null ? waiting : 'delivered'
    return json({ state, position: found.position, stored_ms: found.storedMs })
  },
})

async function isEnded({ directory }: Clinic, box: string): Promise<boolean> {
  const owner = await directory.ownerOf(box)
  const device = owner === null ? null : await directory.find(owner)
  return device !== null && device.endedMs !== null
}

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
  const sender = senderOf(found)
  const recorded = await log.record({ act: 'message-acknowledged', by: owner, box, ids: [id], device: '' })
  await writes.commit(async tables => {
    await tables.mailboxes.acknowledge(box, id, clock.nowMs())
    await addOpening(tables, recorded, partiesOf(owner, sender))
  })
  if (sender !== null) events.delivered(sender, box, id)
  return nothing
}

export const mailboxes: readonly Operation[] = [putMessage, listMessages, getMessage, deleteMessage]
