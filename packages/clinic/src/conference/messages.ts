/** An invitation to a conference and its answer: strict JSON inside sealed messages. Format: docs/spec/conference-v2.md. */
import { decodeBase64Url, encodeBase64Url, encodeUtf8 } from '@chartseal/core/encoding'
import { SecretBytes } from '@chartseal/core/keys'
import type { ConferenceSuite } from '@chartseal/elgamal-session'
import type { Body } from '@chartseal/wire'
import { bytesIn, fieldsIn } from '../json-body.js'
import { enrolmentError } from './errors.js'
import { answerType, invitationType } from './names.js'
import { idBytes, isSuite, maxTitleBytes, pskBytes, signingKeyBytes, staticKeyBytes } from './sizes.js'

/** What a doctor offers one patient. */
export interface Invitation {
  readonly id: Uint8Array
  readonly suite: ConferenceSuite
  /** Public keys of the doctor, for this conference alone. */
  readonly staticKey: Uint8Array
  readonly signingKey: Uint8Array
  /** Of this patient alone. The owner of the invitation wipes it. */
  readonly psk: SecretBytes
  readonly title: string
  readonly untilMs: number
}

export interface InvitationAnswer {
  readonly id: Uint8Array
  /** Public key of the patient, for this conference alone: of any length until it is known which conference. */
  readonly staticKey: Uint8Array
}

/** What is sealed of a message. */
export type ConferenceBody = Pick<Body, 'mediaType' | 'content'>

/** An invitation, as the body of a message of the pair. */
export function formatInvitation(invitation: Invitation): ConferenceBody {
  const { id, suite, staticKey, signingKey, psk, title, untilMs } = invitation
  const fields = {
    v: 1,
    id: encodeBase64Url(id),
    suite,
    static: encodeBase64Url(staticKey),
    signing: encodeBase64Url(signingKey),
    psk: encodeBase64Url(psk.reveal()),
    title: requireTitle(title),
    until_ms: untilMs,
  }
  return { mediaType: invitationType, content: encodeUtf8(JSON.stringify(fields)) }
}

/** @throws ChartsealError `enrolment/not-an-invitation`, `enrolment/invalid`, `json/invalid`, `encoding/invalid` */
export function parseInvitation({ mediaType, content }: ConferenceBody): Invitation {
  if (mediaType !== invitationType) throw enrolmentError('enrolment/not-an-invitation', {})
  const json = fieldsIn(
    content,
    ['v', 'id', 'suite', 'static', 'signing', 'psk', 'title', 'until_ms'],
    invalid,
  )
  const suite = json.text('suite')
  if (!isSuite(suite)) throw invalid('suite')
  const psk = bytesIn(json, 'psk', pskBytes, invalid)
  try {
    return {
      id: bytesIn(json, 'id', idBytes, invalid),
      suite,
      staticKey: bytesIn(json, 'static', staticKeyBytes[suite], invalid),
      signingKey: bytesIn(json, 'signing', signingKeyBytes, invalid),
      psk: new SecretBytes(psk),
      title: requireTitle(json.text('title')),
      untilMs: json.count('until_ms'),
    }
  } finally {
    psk.fill(0)
  }
}

/** The answer to an invitation, as the body of a message of the pair. */
export function formatAnswer({ id, staticKey }: InvitationAnswer): ConferenceBody {
  const fields = { v: 1, id: encodeBase64Url(id), static: encodeBase64Url(staticKey) }
  return { mediaType: answerType, content: encodeUtf8(JSON.stringify(fields)) }
}

/** @throws ChartsealError `enrolment/not-an-answer`, `enrolment/invalid`, `json/invalid`, `encoding/invalid` */
export function parseAnswer({ mediaType, content }: ConferenceBody): InvitationAnswer {
  if (mediaType !== answerType) throw enrolmentError('enrolment/not-an-answer', {})
  const json = fieldsIn(content, ['v', 'id', 'static'], invalid)
  return { id: bytesIn(json, 'id', idBytes, invalid), staticKey: decodeBase64Url(json.text('static')) }
}

/** The title as everybody may see it. @throws ChartsealError `enrolment/invalid` */
export function requireTitle(title: string): string {
  const isPlain = title.isWellFormed() && title.trim() !== '' && !/[\p{Cc}\p{Zl}\p{Zp}]/u.test(title)
  if (!isPlain || encodeUtf8(title).length > maxTitleBytes) throw invalid('title')
  return title
}

const invalid = (field: string) => enrolmentError('enrolment/invalid', { field })
