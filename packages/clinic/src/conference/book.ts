/**
 * What a doctor keeps of one conference: keys of its own, which die with it, and who was invited. A value: each step
 * gives the next book, which is stored before anything that depends on it leaves.
 */
import { equal } from '@chartseal/core/bytes'
import { SigningKey, verifyingKeyOf } from '@chartseal/core/ed25519'
import { encodeHex } from '@chartseal/core/encoding'
import { SecretBytes } from '@chartseal/core/keys'
import type { Random } from '@chartseal/core/ports'
import {
  type ConferenceKeys,
  type ConferenceSuite,
  type EnrolledPatient,
  isPublicKey,
} from '@chartseal/elgamal-session'
import type { Ring } from '@chartseal/kdf-keyring'
import { enrolmentError } from './errors.js'
import { type ConferenceBody, formatInvitation, type InvitationAnswer, requireTitle } from './messages.js'
import { idBytes, pskBytes } from './sizes.js'
import { createStaticKey } from './static-key.js'

export interface BookPatient {
  /** The pair: the signing key of the patient in hexadecimal, as the ring has it. */
  readonly pair: string
  /** What the doctor's list says; no two are alike. */
  readonly name: string
  readonly psk: SecretBytes
  /** Public; `null` until the patient answered. */
  readonly staticKey: Uint8Array | null
}

/** It holds the keys that the core takes. */
export interface ConferenceBook extends ConferenceKeys {
  readonly title: string
  /** Nobody is invited or enrolled after this. */
  readonly untilMs: number
  /** By {@link BookPatient.pair}. */
  readonly patients: ReadonlyMap<string, BookPatient>
}

export interface CreateConferenceOptions {
  readonly title: string
  readonly suite: ConferenceSuite
  readonly untilMs: number
}

/** @throws ChartsealError `enrolment/invalid` for a title that nobody could read */
export function createConference(options: CreateConferenceOptions, random: Random): ConferenceBook {
  const { title, suite, untilMs } = options
  return {
    id: random.bytes(idBytes),
    suite,
    title: requireTitle(title),
    untilMs,
    staticKey: createStaticKey(suite, random),
    signingKey: SigningKey.generate(random),
    patients: new Map(),
  }
}

/** Whom a ring is shared with. */
export const pairOf = ({ identities }: Pick<Ring, 'identities'>): string => encodeHex(identities.peer)

export interface InviteOptions {
  /** For a patient who answered on a device that is gone: a new secret, and the old answer counts no more. */
  readonly again?: boolean
}

/**
 * The same invitation until the patient has answered, so that one that was lost can be sealed anew.
 * @param peer as the ring and the device name them
 * @throws ChartsealError `enrolment/expired`, `enrolment/taken`
 */
export function addInvitation(
  book: ConferenceBook,
  peer: { readonly pair: string; readonly name: string },
  world: { readonly nowMs: number; readonly random: Random },
  { again = false }: InviteOptions = {},
): { readonly book: ConferenceBook; readonly patient: BookPatient; readonly body: ConferenceBody } {
  requireOpen(book, world.nowMs)
  const known = book.patients.get(peer.pair)
  if (known?.staticKey && !again) throw enrolmentError('enrolment/taken', { name: known.name })
  const patient = known !== undefined && !again ? known : newPatient(book, peer, world.random)
  const { id, suite, title, untilMs, staticKey, signingKey } = book
  const keys = { staticKey: staticKey.publicKey, signingKey: verifyingKeyOf(signingKey) }
  const body = formatInvitation({ id, suite, title, untilMs, ...keys, psk: patient.psk })
  return { book: withPatient(book, patient), patient, body }
}

/**
 * Takes the answer of a pair; the same one a second time changes nothing.
 * @throws ChartsealError `enrolment/other-conference`, `enrolment/not-invited`, `enrolment/expired`, `enrolment/invalid`,
 * `enrolment/taken`
 */
export function addAnswer(
  book: ConferenceBook,
  peer: { readonly pair: string; readonly name: string },
  { id, staticKey }: InvitationAnswer,
  nowMs: number,
): { readonly book: ConferenceBook; readonly patient: BookPatient } {
  if (!equal(id, book.id)) throw enrolmentError('enrolment/other-conference', {})
  const invited = book.patients.get(peer.pair)
  if (invited === undefined) throw enrolmentError('enrolment/not-invited', { name: peer.name })
  requireOpen(book, nowMs)
  if (!isPublicKey(book.suite, staticKey)) throw enrolmentError('enrolment/invalid', { field: 'static' })
  if (invited.staticKey !== null && !equal(invited.staticKey, staticKey))
    throw enrolmentError('enrolment/taken', { name: invited.name })
  const patient = { ...invited, staticKey }
  return { book: withPatient(book, patient), patient }
}

/** Who may come in. The secrets are the book's own. */
export function enrolledOf({ patients }: ConferenceBook): readonly EnrolledPatient[] {
  return [...patients.values()].flatMap(({ name, psk, staticKey }) =>
    staticKey === null ? [] : [{ name, psk, staticKey }],
  )
}

/** Overwrites every secret: nothing that was recorded of the conference can be opened with what is left. */
export function wipeBook({ staticKey, signingKey, patients }: ConferenceBook): void {
  staticKey.privateKey.wipe()
  signingKey.wipe()
  for (const { psk } of patients.values()) psk.wipe()
}

/** @throws ChartsealError `enrolment/expired` */
export function requireOpen({ untilMs }: { readonly untilMs: number }, nowMs: number): void {
  if (nowMs >= untilMs) throw enrolmentError('enrolment/expired', { untilMs })
}

function newPatient(
  book: ConferenceBook,
  { pair, name }: { readonly pair: string; readonly name: string },
  random: Random,
): BookPatient {
  const bytes = random.bytes(pskBytes)
  try {
    return { pair, name: freeName(book, pair, name), psk: new SecretBytes(bytes), staticKey: null }
  } finally {
    bytes.fill(0)
  }
}

/** Two people of one name are told apart by a number. */
function freeName({ patients }: ConferenceBook, pair: string, name: string): string {
  const taken = new Set([...patients.values()].filter(one => one.pair !== pair).map(one => one.name))
  if (!taken.has(name)) return name
  let number = 2
  while (taken.has(`${name} (${number})`)) number += 1
  return `${name} (${number})`
}

function withPatient(book: ConferenceBook, patient: BookPatient): ConferenceBook {
  return { ...book, patients: new Map([...book.patients, [patient.pair, patient] as const]) }
}
