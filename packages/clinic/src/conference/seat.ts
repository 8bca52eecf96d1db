/** What a patient keeps of one conference: a key of its own, which dies with it, and the doctor's pinned keys. */
import type { SecretBytes } from '@chartseal/core/keys'
import type { Random } from '@chartseal/core/ports'
import { requireOpen } from './book.js'
import { type ConferenceBody, formatAnswer, type Invitation } from './messages.js'
import type { ConferenceSuite } from './names.js'
import { createStaticKey, type StaticKey } from './static-key.js'

export interface ConferenceSeat {
  readonly id: Uint8Array
  readonly suite: ConferenceSuite
  readonly title: string
  readonly untilMs: number
  /** Public, pinned by the invitation. */
  readonly doctor: { readonly name: string; readonly staticKey: Uint8Array; readonly signingKey: Uint8Array }
  readonly staticKey: StaticKey
  readonly psk: SecretBytes
}

/** A seat with a fresh key; it takes over the secret of the invitation. @throws ChartsealError `enrolment/expired` */
export function takeSeat(
  invitation: Invitation,
  doctorName: string,
  { nowMs, random }: { readonly nowMs: number; readonly random: Random },
): ConferenceSeat {
  requireOpen(invitation, nowMs)
  const { id, suite, title, untilMs, staticKey, signingKey, psk } = invitation
  const doctor = { name: doctorName, staticKey, signingKey }
  return { id, suite, title, untilMs, doctor, staticKey: createStaticKey(suite, random), psk }
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
