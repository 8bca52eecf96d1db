/** Who may sign what; part of the state of the ledger: docs/spec/ledger-v2.md, "Roster". */
import { equal } from '@chartseal/core/bytes'
import { CborFields } from '@chartseal/core/cbor'
import { type CborValue, decodeCborViews, encodeCbor } from '@chartseal/core/encoding'
import { recordError } from './errors-records.js'
import { compareBytes, fieldError, hashBytes, isRising, oneOf, positive, readStrictly } from './fields.js'
import type { ClockReset } from './header.js'
import { keyIdOf, publicKeyBytesOf, requireMemberKey, signingAlgorithms } from './member.js'

/** `registrar`: signs changes of the roster. */
export type MemberRole = 'prescriber' | 'dispenser' | 'sealer' | 'registrar'
export type SigningAlgorithm = 'ES256' | 'Ed25519' | 'ES256K'

export interface Member {
  /** SHA-256 JWK thumbprint (RFC 7638) of the key, 32 bytes. */
  readonly kid: Uint8Array
  readonly algorithm: SigningAlgorithm
  /** Ed25519: 32 bytes (RFC 8032); otherwise the uncompressed point, 65 bytes (SEC 1 2.3.3). */
  readonly publicKey: Uint8Array
  /** At least one, sorted, each once. */
  readonly roles: readonly MemberRole[]
  /** What people call them, at most 128 bytes; nothing is judged by it. */
  readonly name: string
  /** First height at which their signatures count. */
  readonly from: bigint
  /** First height at which they do not count any more; `null` while there is none. */
  readonly until: bigint | null
}

export interface Roster {
  /** 1 in the genesis, one more with each change. */
  readonly number: bigint
  /** Sorted by kid, each once; at most 4,096. */
  readonly members: readonly Member[]
  /** How many registrars sign the next roster. */
  readonly quorum: number
  /** How far back the clock was set; absent where it never was. */
  readonly clock?: ClockReset
}

export const maxMembers = 4_096
/** Registrars who sign one roster. */
export const maxQuorum = 256
export const maxNameBytes = 128

const rosterFields = ['number', 'members', 'quorum']
const optionalFields = ['clock']
const clockFields = ['height', 'time']
const memberFields = ['kid', 'alg', 'key', 'roles', 'name', 'from']
export const memberRoles: readonly MemberRole[] = ['dispenser', 'prescriber', 'registrar', 'sealer']

/**
 * Deterministic CBOR, as in claims, genesis and state.
 * @throws ChartsealError `ledger/roster` for what {@link decodeRoster} would refuse
 */
export function encodeRoster(roster: Roster): Uint8Array {
  const bytes = encodeCbor(rosterValue(roster))
  decodeRoster(bytes)
  return bytes
}

/**
 * Strict: one encoding for each roster. That the ids are those of the keys is checked; the keys are by
 * {@link checkRoster}.
 * @throws ChartsealError `ledger/roster`
 */
export function decodeRoster(bytes: Uint8Array): Roster {
  return readStrictly(
    () => rosterIn(new CborFields(decodeCborViews(bytes), rosterFields, optionalFields)),
    reason => recordError('ledger/roster', { reason }),
  )
}

/** @internal The map that stands in claims and genesis. */
export function rosterValue({ number, members, quorum, clock }: Roster): CborValue {
  const value = { number, members: members.map(memberValue), quorum }
  return clock === undefined ? value : { ...value, clock: { height: clock.height, time: clock.time } }
}

function memberValue({ kid, algorithm, publicKey, roles, name, from, until }: Member): CborValue {
  const value = { kid, alg: algorithm, key: publicKey, roles, name, from }
  return until === null ? value : { ...value, until }
}

/** @internal @throws ChartsealError `cbor/invalid` */
export function rosterField(fields: CborFields, name: string): Roster {
  return rosterIn(fields.map(name, rosterFields, optionalFields))
}

function rosterIn(fields: CborFields): Roster {
  const found = fields.maps('members', memberFields, ['until'])
  if (found.length > maxMembers) throw fieldError('members', `at most ${maxMembers}`)
  const members = found.map(memberIn)
  if (!isRising(members.map(({ kid }) => kid))) throw fieldError('members', 'sorted by kid, each once')
  const quorum = fields.count('quorum', maxQuorum, 1)
  const roster = { number: positive(fields, 'number'), members, quorum }
  return fields.has('clock') ? { ...roster, clock: clockIn(fields.map('clock', clockFields)) } : roster
}

const clockIn = (fields: CborFields): ClockReset => ({
  height: fields.integer('height'),
  time: fields.integer('time'),
})

function memberIn(fields: CborFields): Member {
  const algorithm = oneOf(fields, 'alg', signingAlgorithms)
  const publicKey = fields.bytes('key', publicKeyBytesOf(algorithm))
  const kid = fields.bytes('kid', hashBytes)
  if (!equal(kid, keyIdOf(algorithm, publicKey))) throw fieldError('kid', 'the thumbprint of the key')
  const from = fields.integer('from')
  const until = fields.has('until') ? fields.integer('until') : null
  if (until !== null && until <= from) throw fieldError('until', 'above from')
  const name = fields.text('name', maxNameBytes)
  return { kid, algorithm, publicKey, roles: rolesIn(fields), name, from, until }
}

function rolesIn(fields: CborFields): readonly MemberRole[] {
  const texts = fields.texts('roles', memberRoles.length, maxNameBytes)
  const roles = memberRoles.filter(role => texts.includes(role))
  const isExact =
    texts.length > 0 && texts.length === roles.length && roles.every((role, i) => role === texts[i])
  if (!isExact) throw fieldError('roles', `some of ${memberRoles.join(', ')}, in this order, each once`)
  return roles
}

/** The members, sorted by kid as a roster has them. */
export function sortedMembers(members: readonly Member[]): readonly Member[] {
  return [...members].sort((a, b) => compareBytes(a.kid, b.kid))
}

/** Whether their signatures count at this height. */
export function isInForce({ from, until }: Member, height: bigint): boolean {
  return from <= height && (until === null || height < until)
}

/** The member of this id, in force or not; `null` where the roster has none. */
export function findMember({ members }: Roster, kid: Uint8Array): Member | null {
  let low = 0
  let high = members.length
  while (low < high) {
    const middle = (low + high) >>> 1
    const member = members[middle]
    const order = member === undefined ? 1 : compareBytes(kid, member.kid)
    if (member !== undefined && order === 0) return member
    if (order < 0) high = middle
    else low = middle + 1
  }
  return null
}

/** The member of this id whose signatures count at this height, or `null`. */
export function memberAt(roster: Roster, kid: Uint8Array, height: bigint): Member | null {
  const member = findMember(roster, kid)
  return member !== null && isInForce(member, height) ? member : null
}

/** Everybody with this role whose signatures count at this height, by kid. */
export function membersWith(roster: Roster, role: MemberRole, height: bigint): readonly Member[] {
  return roster.members.filter(member => member.roles.includes(role) && isInForce(member, height))
}

/**
 * Whether `next` may follow the roster in force: its number, the keys that are new, and that its own registrars can
 * sign what follows it. Who signed it is checked by `verifyRecordSignatures`.
 * @param height of the block that has it; it counts from the next one on
 * @throws ChartsealError `ledger/roster-number`, `ledger/roster-clock`, `ledger/member-key`, `ledger/roster-lockout`
 */
export function checkRoster(next: Roster, inForce: Roster, height: bigint): void {
  const expected = inForce.number + 1n
  if (next.number !== expected) throw recordError('ledger/roster-number', { expected, actual: next.number })
  requireClock(next.clock, inForce.clock, height)
  for (const member of next.members) {
    if (findMember(inForce, member.kid) === null) requireMemberKey(member)
  }
  requireRegistrars(next, height + 1n)
}

/** It stays as it was, or tells of later blocks that are there: time that was told once is not told anew. */
function requireClock(next: ClockReset | undefined, before: ClockReset | undefined, height: bigint): void {
  if (next?.height === before?.height && next?.time === before?.time) return
  const above = before?.height ?? -1n
  if (next === undefined || next.height <= above || next.height >= height)
    throw recordError('ledger/roster-clock', { above, below: height })
}

/**
 * The first roster of a ledger.
 * @throws ChartsealError `ledger/roster-number`, `ledger/roster-clock`, `ledger/member-key`, `ledger/roster-lockout`
 */
export function checkFirstRoster(roster: Roster): void {
  if (roster.number !== 1n) throw recordError('ledger/roster-number', { expected: 1n, actual: roster.number })
  requireClock(roster.clock, undefined, 0n)
  for (const member of roster.members) requireMemberKey(member)
  requireRegistrars(roster, 1n)
}

/** Of those who have an end, some may be ended before anybody signs: they do not count. */
function requireRegistrars(roster: Roster, height: bigint): void {
  const registrars = membersWith(roster, 'registrar', height).filter(({ until }) => until === null).length
  const { quorum } = roster
  if (registrars < quorum) throw recordError('ledger/roster-lockout', { quorum, registrars })
}
