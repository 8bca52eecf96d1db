/** What an entry says before it is sealed. Table: docs/spec/audit-entry.md. */
import { entryError } from './errors.js'
import { type PurposeOfUse, purposesOfUse } from './purpose-of-use.js'

export const actions = [
  'create',
  'read',
  'update',
  'delete',
  'query',
  'export',
  'import',
  'login',
  'logout',
  'break-glass-start',
  'break-glass-end',
  'break-glass-review',
  'shred',
] as const
export type AuditAction = (typeof actions)[number]

/** `unknown`: the source did not judge it, as FHIR allows. */
export const outcomes = ['success', 'minor-failure', 'serious-failure', 'major-failure', 'unknown'] as const
export type AuditOutcome = (typeof outcomes)[number]

/** A machine or program at one end of the wire. */
export interface Party {
  readonly name: string
  /** IP address, host name or URI. */
  readonly address: string
}

/** Something too large for the record, or kept elsewhere: its SHA-256 stands here, inside the sealed body only. */
export interface Digest {
  readonly name: string
  readonly sha256: Uint8Array
}

/** A log that was taken over as opaque leaves. Nothing proves that it was complete before. */
export interface Imported {
  /** Such as `medcrypt-audit`. */
  readonly format: string
  readonly records: number
  /** SHA-256 over the imported lines, each followed by a line feed. */
  readonly sha256: Uint8Array
}

export interface AuditDetail {
  /** What was touched, such as `Observation/7`. */
  readonly resource?: string
  /** The search as it was sent. */
  readonly query?: string
  readonly client?: Party
  readonly server?: Party
  readonly text?: string
  readonly digests?: readonly Digest[]
  readonly imported?: Imported
  /** What an AuditEvent of others said and no other field has: a JSON object of its elements by their paths. */
  readonly unmapped?: string
}

export interface AuditRecord {
  /** When it happened, in milliseconds since 1970; the leaf says when it was recorded. */
  readonly at: number
  /** Who did it, such as `Practitioner/dr-weiss`. */
  readonly actor: string
  readonly action: AuditAction
  /** Whose record it was, such as `Patient/p-1`; `null` for events of the system itself. */
  readonly patient: string | null
  readonly outcome: AuditOutcome
  /** Breaking the glass names `BTG` among them. */
  readonly purposeOfUse: readonly PurposeOfUse[]
  /** The system that reports it, such as `Device/ward-3`. */
  readonly source: string
  readonly detail: AuditDetail
}

/** Characters of a name, an id, an address; of a text or a query. */
const maxNameLength = 256
export const maxTextLength = 16_384
const maxDigests = 64
/** 9999-12-31T23:59:59.999Z, the last time that FHIR can write. */
export const maxAtMs = 253_402_300_799_999

/** @throws ChartsealError `audit/bad-record` */
export function checkRecord(record: AuditRecord): void {
  const { at, actor, action, patient, outcome, purposeOfUse, source, detail } = record
  if (!Number.isSafeInteger(at) || at < 0 || at > maxAtMs)
    throw bad('at', 'a time in milliseconds up to 9999')
  checkName('actor', actor)
  if (patient !== null) checkName('patient', patient)
  checkName('source', source)
  parseAction(action)
  parseOutcome(outcome)
  parsePurposes(purposeOfUse)
  const breaksGlass = action === 'break-glass-start' || action === 'break-glass-end'
  if (breaksGlass && !purposeOfUse.includes('BTG'))
    throw bad('purposeOfUse', 'BTG, where the glass is broken')
  checkDetail(detail)
}

/** @throws ChartsealError `audit/bad-record` */
export function parseAction(text: string): AuditAction {
  const action = actions.find(known => known === text)
  if (action === undefined) throw bad('action', 'a known action')
  return action
}

/** @throws ChartsealError `audit/bad-record` */
export function parseOutcome(text: string): AuditOutcome {
  const outcome = outcomes.find(known => known === text)
  if (outcome === undefined) throw bad('outcome', 'a known outcome')
  return outcome
}

/** @throws ChartsealError `audit/bad-record` */
export function parsePurposes(codes: readonly string[]): readonly PurposeOfUse[] {
  const found = codes.flatMap(code => purposesOfUse.find(known => known === code) ?? [])
  if (found.length !== codes.length || new Set(found).size !== found.length)
    throw bad('purposeOfUse', 'different ActReason codes below PurposeOfUse')
  return found
}

function checkDetail(detail: AuditDetail): void {
  const { resource, query, client, server, text, digests, imported, unmapped } = detail
  if (resource !== undefined) checkName('detail.resource', resource)
  if (query !== undefined) checkText('detail.query', query)
  if (text !== undefined) checkText('detail.text', text)
  if (unmapped !== undefined) checkText('detail.unmapped', unmapped)
  if (client !== undefined) checkParty('detail.client', client)
  if (server !== undefined) checkParty('detail.server', server)
  if (digests !== undefined && (digests.length === 0 || digests.length > maxDigests))
    throw bad('detail.digests', `a list of 1 to ${maxDigests}`)
  for (const { name, sha256 } of digests ?? []) {
    checkName('detail.digests.name', name)
    checkSha256('detail.digests.sha256', sha256)
  }
  if (imported === undefined) return
  checkName('detail.imported.format', imported.format)
  if (!Number.isSafeInteger(imported.records) || imported.records < 0)
    throw bad('detail.imported.records', 'a count')
  checkSha256('detail.imported.sha256', imported.sha256)
}

function checkParty(field: string, { name, address }: Party): void {
  checkName(`${field}.name`, name)
  checkName(`${field}.address`, address)
}

function checkSha256(field: string, bytes: Uint8Array): void {
  if (!(bytes instanceof Uint8Array) || bytes.length !== 32) throw bad(field, '32 bytes')
}

function checkName(field: string, text: string): void {
  const right = typeof text === 'string' && text.length <= maxNameLength && text.isWellFormed()
  if (!right || !/^[^\p{Cc}\s](?:[^\p{Cc}]*[^\p{Cc}\s])?$/u.test(text))
    throw bad(field, `a text of 1 to ${maxNameLength} printable characters`)
}

function checkText(field: string, text: string): void {
  const right = typeof text === 'string' && text.length <= maxTextLength && text.isWellFormed()
  if (!right || !/\S/.test(text) || !/^(?:[^\p{Cc}]|[\t\n\r])*$/u.test(text))
    throw bad(field, `a text of 1 to ${maxTextLength} characters`)
}

export function bad(field: string, expected: string): Error {
  return entryError('audit/bad-record', { field, expected })
}
