/**
 * Invitations and answers as sealed messages of the thread of a pair. Each step changes a device, and a book or a seat:
 * both are stored before the message leaves, the book first.
 */
import { equal } from '@chartseal/core/bytes'
import type { Device } from '../device.js'
import { headerOf, type OpenedHeader, openFromPeer, pairNow } from '../opened.js'
import { type OpenedOnce, type OpenOptions, sealNext, type ThreadOptions } from '../thread.js'
import type { Change, World } from '../world.js'
import {
  addAnswer,
  addInvitation,
  type BookPatient,
  type ConferenceBook,
  type InviteOptions,
} from './book.js'
import { enrolmentError } from './errors.js'
import { parseAnswer, parseInvitation } from './messages.js'
import { answerOf, type ConferenceSeat, takeSeat } from './seat.js'

/** The book to store, and what to send then. */
export interface Invited {
  readonly book: ConferenceBook
  readonly patient: BookPatient
  readonly message: Uint8Array
}

/**
 * Seals the invitation of a pair's patient. Store the book, then the device, then send the message.
 * @throws ChartsealError `enrolment/from-patient`, `enrolment/expired`, `enrolment/taken`, and as `sealNext`
 */
export function sealInvitation(
  book: ConferenceBook,
  device: Device,
  options: ThreadOptions & InviteOptions,
  world: World,
): Change<Invited> {
  if (device.self.role !== 'doctor') throw enrolmentError('enrolment/from-patient', {})
  const now = { nowMs: world.clock.nowMs(), random: world.random }
  const { body, ...invited } = addInvitation(book, peerOf(device, options, world), now, options)
  try {
    const sealed = sealNext(device, { ...options, body }, world)
    return { result: { ...invited, message: sealed.result }, device: sealed.device }
  } finally {
    body.content.fill(0)
  }
}

export interface Accepted {
  readonly seat: ConferenceSeat
  /** The answer, sealed. */
  readonly message: Uint8Array
  readonly invitation: OpenedHeader
}

/**
 * Opens an invitation and seals the answer. Store the seat, then the device, acknowledge the invitation, and send the
 * answer.
 * @param known a seat of this conference that is stored already, whose key goes into the answer once more
 * @throws ChartsealError `enrolment/from-patient`, `enrolment/own-message`, `enrolment/not-an-invitation`,
 * `enrolment/invalid`, `enrolment/expired`, `enrolment/other-conference`, and as `openOnce` and `sealNext`
 */
export function acceptInvitation(
  device: Device,
  message: Uint8Array,
  options: OpenOptions,
  world: World,
  known: ConferenceSeat | null = null,
): Change<Accepted> {
  if (device.self.role !== 'patient') throw enrolmentError('enrolment/from-patient', {})
  const { opened, after } = openFromPeer(device, message, options, world, ownMessage)
  const seat = seatFor(opened, after.peerName, world, known)
  const sealed = sealNext(after, { ...options, body: answerOf(seat) }, world)
  return { result: { seat, message: sealed.result, invitation: headerOf(opened) }, device: sealed.device }
}

export interface Enrolment {
  readonly book: ConferenceBook
  readonly patient: BookPatient
  readonly answer: OpenedHeader
}

/**
 * Opens the answer of a pair's patient. Store the book, then the device, and acknowledge the answer.
 * @throws ChartsealError `enrolment/own-message`, `enrolment/not-an-answer`, `enrolment/invalid`,
 * `enrolment/other-conference`, `enrolment/not-invited`, `enrolment/expired`, `enrolment/taken`, and as `openOnce`
 */
export function enrolPatient(
  book: ConferenceBook,
  device: Device,
  message: Uint8Array,
  options: OpenOptions,
  world: World,
): Change<Enrolment> {
  const { opened, after } = openFromPeer(device, message, options, world, ownMessage)
  const answer = parseAnswer(opened.body)
  const peer = peerOf(after, options, world)
  const enrolled = addAnswer(book, peer, answer, world.clock.nowMs())
  return { result: { ...enrolled, answer: headerOf(opened) }, device: after }
}

function peerOf(
  device: Device,
  options: ThreadOptions,
  world: World,
): { readonly pair: string; readonly name: string } {
  return { pair: pairNow(device, options, world), name: device.peerName }
}

const ownMessage = () => enrolmentError('enrolment/own-message', {})

function seatFor(
  { body }: OpenedOnce,
  doctorName: string,
  { clock, random }: World,
  known: ConferenceSeat | null,
): ConferenceSeat {
  const invitation = parseInvitation(body)
  body.content.fill(0)
  if (known !== null && !equal(known.id, invitation.id))
    throw enrolmentError('enrolment/other-conference', {})
  if (known !== null && equal(known.psk.reveal(), invitation.psk.reveal())) return known
  return takeSeat(invitation, doctorName, { nowMs: clock.nowMs(), random })
}
