/** What anybody may ask a clinic first: what it is, and who is who in it. */
import { checkNextRoster, parseRoster, rosterDigest, rosterError } from '@chartseal/clinic/roster'
import { maxSkewMs } from '@chartseal/clinic/signed-request'
import { equal } from '@chartseal/core/bytes'
import type { VerifyingKey } from '@chartseal/core/ed25519'
import { decodeBase64Url, decodeUtf8 } from '@chartseal/core/encoding'
import { z } from 'zod'
import type { Clinic } from '../clinic/clinic.js'
import { addOpening } from '../clinic/openings.js'
import { requestError } from '../errors.js'
import { type Answer, json } from '../http/answers.js'
import { count, kid, limits } from '../http/names.js'
import { jsonBody, type Operation, operation } from '../http/operation.js'

const none = z.strictObject({})

const clinicAnswer = z.strictObject({
  v: z.literal(1),
  name: z.string(),
  origin: z.string(),
  now_ms: z.int(),
  roster_seq: z.int().nullable(),
  log: z.strictObject({ origin: z.string(), verifier_key: z.string(), policy: z.string().nullable() }),
  limits: z.strictObject({
    message_bytes: z.int(),
    slot_bytes: z.int(),
    entry_bytes: z.int(),
    slot_ms: z.int(),
    kept_ms: z.int(),
    skew_ms: z.int(),
    list: z.int(),
    block_bytes: z.int(),
    grants_bytes: z.int(),
    link_bytes: z.int(),
    blob_bytes: z.int(),
    unnamed_ms: z.int(),
  }),
  blobs: z.boolean(),
  console: z.strictObject({ sha256: z.string(), index: z.int().nullable() }).nullable(),
})

const getClinic = operation({
  method: 'GET',
  path: '/v1/clinic',
  summary: 'What this clinic is, its clock and its limits',
  auth: 'open',
  codes: [],
  params: none,
  query: none,
  answer: { status: 200, json: clinicAnswer },
  run: async (_call, clinic) => json(await describe(clinic)),
})

async function describe(clinic: Clinic): Promise<z.output<typeof clinicAnswer>> {
  const { description, origin, log, policy, keptMs, console, consoleIndex, clock, store, blocks } = clinic
  const latest = await store.roster.latest()
  return {
    v: 1,
    name: description.name,
    origin,
    now_ms: clock.nowMs(),
    roster_seq: latest?.seq ?? null,
    log: { origin: description.logOrigin, verifier_key: log.verifierKey, policy },
    limits: {
      message_bytes: limits.messageBytes,
      slot_bytes: limits.slotBytes,
      entry_bytes: limits.entryBytes,
      slot_ms: limits.slotMs,
      kept_ms: keptMs,
      skew_ms: maxSkewMs,
      list: limits.list,
      block_bytes: limits.blockBytes,
      grants_bytes: limits.grantsBytes,
      link_bytes: limits.linkBytes,
      blob_bytes: blocks?.bytesPerDevice ?? 0,
      unnamed_ms: blocks?.unnamedMs ?? 0,
    },
    blobs: blocks !== null,
    console: console === null ? null : { sha256: console.manifestSha256, index: consoleIndex },
  }
}

const base64Url = z.string().regex(/^[A-Za-z0-9_-]*$/)
const signedRoster = z.strictObject({
  roster: base64Url.min(1),
  signatures: z
    .array(z.strictObject({ kid, signature: base64Url.length(86) }))
    .min(1)
    .max(16),
})

const getRoster = operation({
  method: 'GET',
  path: '/v1/roster',
  summary: 'The newest roster, as it was signed: it names every mailbox, so for devices that are enrolled',
  auth: 'device',
  codes: ['request/not-found'],
  params: none,
  query: none,
  answer: { status: 200, json: signedRoster },
  async run(_call, { store }) {
    const latest = await store.roster.latest()
    if (latest === null) throw requestError('request/not-found', {})
    return rosterAnswer(latest.bytes)
  },
})

const getRosterOf = operation({
  method: 'GET',
  path: '/v1/roster/{seq}',
  summary: 'An earlier roster: who follows them one by one need not believe the newest',
  auth: 'device',
  codes: ['request/not-found'],
  params: z.strictObject({ seq: count(1, Number.MAX_SAFE_INTEGER) }),
  query: none,
  answer: { status: 200, json: signedRoster },
  async run({ params }, { store }) {
    const found = await store.roster.find(params.seq)
    if (found === null) throw requestError('request/not-found', {})
    return rosterAnswer(found.bytes)
  },
})

const putRoster = operation({
  method: 'PUT',
  path: '/v1/roster/{seq}',
  summary: 'The next roster, signed by the officers of the one before',
  auth: 'open',
  codes: [
    'roster/invalid',
    'roster/conflict',
    'roster/gap',
    'roster/not-signed',
    'server/log',
    'server/full',
  ],
  params: z.strictObject({ seq: count(1, Number.MAX_SAFE_INTEGER) }),
  query: none,
  body: jsonBody(signedRoster, limits.rosterBytes),
  answer: { status: 200, json: signedRoster },
  run: ({ params, body, bytes }, clinic) =>
    clinic.turns.take('roster', () => publish(clinic, params.seq, body, bytes)),
})

/** What is stored is the body as it came, so that whoever fetches it has the same bytes. */
async function publish(
  clinic: Clinic,
  seq: number,
  body: z.output<typeof signedRoster> | null,
  bytes: Uint8Array,
): Promise<Answer> {
  if (body === null) throw new Error('internal: a roster without a body')
  const { store, log, clock, writes, origin } = clinic
  const known = await store.roster.find(seq)
  if (known !== null && equal(known.bytes, bytes)) return rosterAnswer(bytes)
  const text = canonical('roster', body.roster)
  if (parseRoster(text).seq !== seq) throw requestError('request/invalid', { fields: ['seq'] })
  const latest = await store.roster.latest()
  const signers = await checkNextRoster(
    text,
    body.signatures.map(one => ({ kid: one.kid, signature: canonical('signatures', one.signature) })),
    {
      origin,
      latest: latest === null ? null : rosterText(latest.bytes),
      keyOf: one => doctorKey(clinic, one),
    },
  )
  await clinic.room.require()
  const ids = [`${seq}`, rosterDigest(text)]
  const recorded = await log.record({ act: 'roster-published', by: '', box: '', ids, device: '' })
  const put = await writes.commit(async tables => {
    const done = await tables.roster.add({ seq, bytes, storedMs: clock.nowMs() })
    if (done === 'stored') await addOpening(tables, recorded, signers)
    return done
  })
  if (put === 'conflict' || put === 'gap') throw await raced(clinic, seq)
  return rosterAnswer(bytes)
}

/** Somebody else published meanwhile: as if they had come first. */
async function raced({ store }: Clinic, seq: number): Promise<Error> {
  const latest = (await store.roster.latest())?.seq ?? 0
  return seq <= latest
    ? rosterError('roster/conflict', { seq })
    : rosterError('roster/gap', { expected: latest + 1 })
}

async function doctorKey({ directory }: Clinic, officer: string): Promise<VerifyingKey | null> {
  const device = await directory.find(officer)
  return device !== null && device.endedMs === null && device.role === 'doctor' ? device.identity : null
}

export function rosterText(body: Uint8Array): Uint8Array {
  return decodeBase64Url(signedRoster.parse(JSON.parse(decodeUtf8(body))).roster)
}

function rosterAnswer(body: Uint8Array): Answer {
  return { ...json(null), body: new Uint8Array(body) }
}

function canonical(field: string, value: string): Uint8Array {
  try {
    return decodeBase64Url(value)
  } catch {
    throw requestError('request/invalid', { fields: [field] })
  }
}

export const firstContact: readonly Operation[] = [getClinic, getRoster, getRosterOf, putRoster]
