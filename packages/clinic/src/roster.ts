/**
 * Who is who in a clinic: a list that officers sign, each by the rule of the one before. Specification:
 * docs/spec/clinic-api.md.
 */
import { concat } from '@chartseal/core/bytes'
import { type VerifyingKey, verify } from '@chartseal/core/ed25519'
import { decodeUtf8, encodeBase64Url, encodeUtf8 } from '@chartseal/core/encoding'
import { defaultEngine } from '@chartseal/core/engine'
import { ChartsealError } from '@chartseal/core/errors'
import { JsonObject } from '@chartseal/core/json'
import { withoutIgnorable } from '@chartseal/core/text'
import { rosterError } from './errors.js'

export { type RosterErrors, rosterError } from './errors.js'

export const rosterRoles = ['doctor', 'patient', 'pharmacist', 'custodian', 'auditor'] as const
export type RosterRole = (typeof rosterRoles)[number]

export interface RosterPerson {
  readonly kid: string
  readonly role: RosterRole
  readonly mailbox: string
  /** Of staff alone, as their officers know them: 1 to 80 characters on one line, in NFC. */
  readonly name?: string
}

export interface Roster {
  readonly origin: string
  /** From 1 on. */
  readonly seq: number
  /** Base64url of the SHA-256 of the roster before; empty for the first. */
  readonly previous: string
  readonly officers: readonly string[]
  /** How many officers must sign the next one. */
  readonly threshold: number
  readonly people: readonly RosterPerson[]
}

export interface RosterSignature {
  readonly kid: string
  /** Ed25519, 64 bytes, of {@link rosterMessage}. */
  readonly signature: Uint8Array
}

const label = encodeUtf8('chartseal/roster/v2')
const kidPattern = /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/
const mailboxPattern = /^[A-Za-z0-9_-]{21}[AQgw]$/
// Words with single spaces: nothing that steers a line, that nobody sees, or that looks like an end of it.
const namePattern = /^[\p{L}\p{M}\p{N}\p{P}\p{S}]+(?: [\p{L}\p{M}\p{N}\p{P}\p{S}]+)*$/u
const maxNameLength = 80
const shortKidLength = 8
const maxOfficers = 16
const maxPeople = 2_000

/** Whether a text has the form of a `kid`: 43 characters of base64url for 32 bytes. */
export function isKid(text: string): boolean {
  return kidPattern.test(text)
}

/** Whether a text can be the name of somebody on a roster. */
export function isRosterName(text: string): boolean {
  const isShort = Array.from(text).length <= maxNameLength
  return isShort && namePattern.test(text) && text === withoutIgnorable(text).normalize('NFC')
}

/**
 * What officers call whoever works at a device; with the first characters of the kid where two have one name, `null` where
 * there is none.
 */
export function nameIn({ people }: Roster, kid: string): string | null {
  const name = people.find(person => person.kid === kid)?.name
  if (name === undefined) return null
  const isShared = people.some(other => other.name === name && other.kid !== kid)
  return isShared ? `${name} (${kid.slice(0, shortKidLength)})` : name
}

/** What officers sign of the text of a roster. */
export function rosterMessage(text: Uint8Array): Uint8Array {
  return concat(label, text)
}

/** The field `previous` of the roster that follows this text. */
export function rosterDigest(text: Uint8Array): string {
  return encodeBase64Url(defaultEngine().sha256(text))
}

/** @throws ChartsealError `roster/invalid` */
export function parseRoster(text: Uint8Array): Roster {
  try {
    return rosterOf(JsonObject.parse(decodeUtf8(text)))
  } catch (error) {
    if (!(error instanceof ChartsealError) || error.code === 'roster/invalid') throw error
    const { path }: { path?: unknown } = Object(error.context)
    throw invalid(typeof path === 'string' ? path : '$')
  }
}

function rosterOf(json: JsonObject): Roster {
  json.refuseOthers(['v', 'origin', 'seq', 'previous', 'officers', 'threshold', 'people'])
  if (json.count('v') !== 1) throw invalid('$.v')
  const officers = json.texts('officers')
  const threshold = json.count('threshold')
  const seq = json.count('seq')
  const people = json.objects('people').map(personOf)
  if (officers.length === 0 || officers.length > maxOfficers || !areDistinct(officers))
    throw invalid('$.officers')
  if (!officers.every(isKid)) throw invalid('$.officers')
  if (threshold < 1 || threshold > officers.length) throw invalid('$.threshold')
  if (people.length > maxPeople || !areDistinct(people.map(({ kid }) => kid))) throw invalid('$.people')
  if (seq < 1) throw invalid('$.seq')
  return { origin: json.text('origin'), seq, previous: json.text('previous'), officers, threshold, people }
}

function personOf(json: JsonObject): RosterPerson {
  json.refuseOthers(['kid', 'role', 'mailbox', 'name'])
  const role = rosterRoles.find(known => known === json.text('role'))
  if (role === undefined) throw invalid(`${json.path}.role`)
  const [kid, mailbox] = [json.text('kid'), json.text('mailbox')]
  if (!isKid(kid)) throw invalid(`${json.path}.kid`)
  if (!mailboxPattern.test(mailbox)) throw invalid(`${json.path}.mailbox`)
  if (!json.keys.includes('name')) return { kid, role, mailbox }
  const name = json.text('name')
  // Every enrolled device reads a roster: patients have no name in it.
  if (role === 'patient' || !isRosterName(name)) throw invalid(`${json.path}.name`)
  return { kid, role, mailbox, name }
}

/**
 * Checks that a roster follows the newest one, and that enough of its own officers can decide on the next; gives the
 * officers who signed it.
 * @param latest the text of the newest roster, `null` before the first, which its own officers decide on
 * @param keyOf the Ed25519 key of a device that may be an officer, `null` for any other kid
 * @throws ChartsealError `roster/invalid`, `roster/conflict`, `roster/gap`, `roster/not-signed`
 */
export async function checkNextRoster(
  text: Uint8Array,
  signatures: readonly RosterSignature[],
  {
    origin,
    latest,
    keyOf,
  }: {
    readonly origin: string
    readonly latest: Uint8Array | null
    keyOf(kid: string): Promise<Uint8Array | VerifyingKey | null>
  },
): Promise<readonly string[]> {
  const next = parseRoster(text)
  const before = latest === null ? null : parseRoster(latest)
  if (next.origin !== origin) throw invalid('$.origin')
  const expected = (before?.seq ?? 0) + 1
  if (next.seq < expected) throw rosterError('roster/conflict', { seq: next.seq })
  if (next.seq > expected || next.previous !== (latest === null ? '' : rosterDigest(latest)))
    throw rosterError('roster/gap', { expected })
  const { officers, threshold } = before ?? next
  const signed = await signersAmong(officers, text, signatures, keyOf)
  if (signed.length < threshold)
    throw rosterError('roster/not-signed', { needed: threshold, valid: signed.length })
  await requireSuccessors(next, keyOf)
  return signed
}

/** Nobody could ever sign another one where too few of its officers can. */
async function requireSuccessors(
  { officers, threshold }: Roster,
  keyOf: (kid: string) => Promise<Uint8Array | VerifyingKey | null>,
): Promise<void> {
  let able = 0
  for (const officer of officers) if ((await keyOf(officer)) !== null) able += 1
  if (able < threshold) throw invalid('$.officers')
}

async function signersAmong(
  officers: readonly string[],
  text: Uint8Array,
  signatures: readonly RosterSignature[],
  keyOf: (kid: string) => Promise<Uint8Array | VerifyingKey | null>,
): Promise<readonly string[]> {
  const message = rosterMessage(text)
  const valid: string[] = []
  for (const officer of officers) {
    const one = signatures.find(({ kid }) => kid === officer)
    const key = one === undefined ? null : await keyOf(officer)
    if (one !== undefined && key !== null && verify(key, message, one.signature)) valid.push(officer)
  }
  return valid
}

function areDistinct(texts: readonly string[]): boolean {
  return new Set(texts).size === texts.length
}

function invalid(field: string): ChartsealError {
  return rosterError('roster/invalid', { field })
}
