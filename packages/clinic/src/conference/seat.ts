/** What a patient keeps of one conference: a key of its own, which dies with it, and the doctor's pinned keys. */
import { VerifyingKey } from '@chartseal/core/ed25519'
import type { Random } from '@chartseal/core/ports'
import { isPublicKey, type SeatKeys } from '@chartseal/elgamal-session'
import { requireOpen } from './book.js'
import { enrolmentError } from './errors.js'
import { type ConferenceBody, formatAnswer, type Invitation } from './messages.js'
import { createStaticKey } from './static-key.js'

/** It holds the keys that the patient's machine takes. */
export interface ConferenceSeat extends SeatKeys {
  readonly title: string
  readonly untilMs: number
  /** As the pairing names them. */
  readonly doctorName: string
}

/** A seat with a fresh key; it takes over the secret of the invitation. @throws ChartsealError `enrolment/expired`, `enrolment/invalid` */
export function takeSeat(
  invitation: Invitation,
  doctorName: string,
  { nowMs, random }: { readonly nowMs: number; readonly random: Random },
): ConferenceSeat {
  requireOpen(invitation, nowMs)
  const { id, suite, title, untilMs, staticKey, signingKey, psk } = invitation
  if (!isPublicKey(suite, staticKey)) throw enrolmentError('enrolment/invalid', { field: 'static' })
  if (VerifyingKey.of(signingKey) === null) throw enrolmentError('enrolment/invalid', { field: 'signing' })
  const pinned = { doctorName, doctorStatic: staticKey, doctorSigning: signingKey }
  return { id, suite, title, untilMs, ...pinned, staticKey: createStaticKey(suite, random), psk }
}

/** The answer to the invitation: the same each time. */
export function answerOf({ id, staticKey }: ConferenceSeat): ConferenceBody {
  return formatAnswer({ id, staticKey: staticKey.publicKey })
}

/** Overwrites every secret. */
export function wipeSeat({ staticKey, psk }: ConferenceSeat): void {
  staticKey.privateKey.wipe()
  psk.wipe()
}
