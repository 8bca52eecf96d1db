/** Requests of break-glass in the answers of the interface. */
import { minutesToOpen, newestOf, phaseAt } from '@chartseal/clinic/break-glass'
import { encodeBase64Url } from '@chartseal/core/encoding'
import { z } from 'zod'
import type { Kept, KeptEvent } from '../break-glass/history.js'
import type { Clinic } from '../clinic/clinic.js'
import { cid, kid, name16, name32 } from '../http/names.js'
import type { StoredEmergencySet } from '../store.js'

const base64Url = z.string().regex(/^[A-Za-z0-9_-]*$/)
const ms = z.int()
const phase = z.enum(['asked', 'released', 'denied', 'expired', 'opened', 'closed', 'reviewed'])

export const setRow = z.strictObject({
  id: name16,
  position: z.int(),
  owner: kid,
  patient: kid.nullable(),
  package: name16,
  version: z.int(),
  payload: cid,
  about: z.string(),
  drill: z.boolean(),
  threshold: z.int(),
  denials: z.int(),
  custodians: z.array(kid),
  witnesses: z.int(),
  wait_ms: ms,
  max_decide_ms: ms,
  max_access_ms: ms,
  stored_ms: ms,
  /** The record has another payload since; `null` where this clinic does not have the record. */
  stale: z.boolean().nullable(),
  set: base64Url,
})

/** Of which the store has something else than was put. */
const brokenRow = z.strictObject({ id: name16, position: z.int() })
export type BrokenRow = z.output<typeof brokenRow>
export const broken = z.array(brokenRow)

export const requestRow = z.strictObject({
  id: name16,
  position: z.int(),
  set: name16,
  package: name16,
  about: z.string(),
  drill: z.boolean(),
  owner: kid,
  patient: kid.nullable(),
  requester: kid,
  reason: z.string(),
  text: z.string(),
  asked_ms: ms,
  decide_by_ms: ms,
  access_until_ms: ms,
  state: phase,
  published: z.boolean(),
  newest: name32,
  threshold: z.int(),
  custodians: z.array(kid),
  releases: z.array(kid),
  denials: z.array(kid),
  opened_ms: ms.nullable(),
  closed_ms: ms.nullable(),
  reviews: z.array(z.strictObject({ by: kid, verdict: z.string(), at_ms: ms })),
  minutes_to_open: z.number().nullable(),
  rekeyed: z.boolean().nullable(),
  newer_set: z.boolean(),
})

const shownEvent = z.strictObject({
  kind: z.string(),
  by: kid,
  at_ms: ms,
  statement: base64Url,
  index: z.int(),
  entry_id: name16,
  salt: base64Url,
  entry: base64Url,
  receipt: z.string().nullable(),
})

export const requestAnswer = z.strictObject({
  ...requestRow.shape,
  set_statement: base64Url,
  events: z.array(shownEvent),
})

const orNull = (text: string): string | null => (text === '' ? null : text)

export async function shownSet(
  clinic: Pick<Clinic, 'store' | 'breakGlass'>,
  set: StoredEmergencySet,
): Promise<z.output<typeof setRow>> {
  const { statement } = clinic.breakGlass.parcelOf(set)
  const { about, policy, custodians } = statement.content
  return {
    id: set.id,
    position: set.position,
    owner: set.owner,
    patient: orNull(set.patient),
    package: set.package,
    version: set.version,
    payload: set.payload,
    about,
    drill: set.isDrill,
    threshold: policy.threshold,
    denials: policy.denials,
    custodians: custodians.map(one => one.kid),
    witnesses: policy.witnesses,
    wait_ms: policy.waitMs,
    max_decide_ms: policy.maxDecideMs,
    max_access_ms: policy.maxAccessMs,
    stored_ms: set.storedMs,
    stale: await hasOtherPayload(clinic, set),
    set: encodeBase64Url(statement.bytes),
  }
}

/** Whether the owner has encrypted the record anew since; `null` where the clinic does not have it. */
async function hasOtherPayload(
  { store }: Pick<Clinic, 'store'>,
  { package: id, payload, owner }: StoredEmergencySet,
): Promise<boolean | null> {
  const record = await store.packages.find(id)
  return record === null || record.owner !== owner ? null : record.payload !== payload
}

export async function shownRequest(
  clinic: Pick<Clinic, 'store' | 'breakGlass'>,
  kept: Kept,
): Promise<z.output<typeof requestRow>> {
  const { row, set, state } = kept
  const { content } = state.request
  const { about, policy, custodians } = state.set.content
  return {
    id: row.id,
    position: row.position,
    set: set.id,
    package: set.package,
    about,
    drill: set.isDrill,
    owner: set.owner,
    patient: orNull(set.patient),
    requester: row.requester,
    reason: content.reason,
    text: content.text,
    asked_ms: state.events[0]?.atMs ?? content.createdMs,
    decide_by_ms: content.decideByMs,
    access_until_ms: content.accessUntilMs,
    state: phaseAt(state, clinic.breakGlass.timeFor(kept)),
    published: kept.isPublished,
    newest: encodeBase64Url(newestOf(state).event.hash),
    threshold: policy.threshold,
    custodians: custodians.map(one => one.kid),
    releases: [...state.releases],
    denials: [...state.denials],
    opened_ms: state.openedMs,
    closed_ms: state.closedMs,
    reviews: state.reviews.map(({ by, content: { verdict, atMs } }) => ({ by, verdict, at_ms: atMs })),
    minutes_to_open: minutesToOpen(state),
    rekeyed: await hasOtherPayload(clinic, set),
    newer_set: await clinic.store.breakGlass.hasNewerSet(set),
  }
}

export async function wholeRequest(
  clinic: Pick<Clinic, 'store' | 'breakGlass' | 'log'>,
  kept: Kept,
): Promise<z.output<typeof requestAnswer>> {
  const events = await Promise.all(kept.events.map(event => shown(clinic, event)))
  const set = encodeBase64Url(kept.parcel.statement.bytes)
  return { ...(await shownRequest(clinic, kept)), set_statement: set, events }
}

async function shown(
  { log }: Pick<Clinic, 'log'>,
  { row, event, opening }: KeptEvent,
): Promise<z.output<typeof shownEvent>> {
  const { id, leafIndex, salt, entry } = opening
  return {
    kind: event.content.kind,
    by: event.by,
    at_ms: row.nowMs,
    statement: encodeBase64Url(event.bytes),
    index: leafIndex,
    entry_id: id,
    salt: encodeBase64Url(salt ?? new Uint8Array()),
    entry: encodeBase64Url(entry),
    receipt: await log.receipt(leafIndex),
  }
}

/** When a rehearsal was opened, and how long it took; `null` for one that was not. */
export function minutesOf({
  state,
}: Kept): { readonly at_ms: number; readonly minutes_to_open: number } | null {
  const minutes = minutesToOpen(state)
  return minutes === null || state.openedMs === null
    ? null
    : { at_ms: state.openedMs, minutes_to_open: minutes }
}
