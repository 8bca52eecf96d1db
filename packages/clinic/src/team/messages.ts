/** What the pair's thread carries for a care team: invitation, answer, welcome. Format: docs/spec/care-team.md. */
import { encodeBase64Url, encodeUtf8 } from '@chartseal/core/encoding'
import type { JsonObject } from '@chartseal/core/json'
import type { TeamAnswer, TeamInvitation } from '@chartseal/elgamal-session/team'
import type { Body } from '@chartseal/wire'
import { bytesIn, fieldsIn } from '../json-body.js'
import { careTeamError } from './errors.js'
import { teamAnswerType, teamInvitationType, teamWelcomeType } from './names.js'

const idBytes = 16
const keyBytes = 32
const maxTitleBytes = 256
const maxBoxBytes = 128

/** What is sealed of a message. */
export type CareTeamBody = Pick<Body, 'mediaType' | 'content'>

/** An invitation, as the body of a message of the pair. */
export function formatTeamInvitation({ id, title, keeperKey }: TeamInvitation): CareTeamBody {
  return json(teamInvitationType, { id: encodeBase64Url(id), title, keeper: encodeBase64Url(keeperKey) })
}

/** @throws ChartsealError `care-team/not-an-invitation`, `care-team/invalid`, `json/invalid`, `encoding/invalid` */
export function parseTeamInvitation({ mediaType, content }: CareTeamBody): TeamInvitation {
  if (mediaType !== teamInvitationType) throw careTeamError('care-team/not-an-invitation', {})
  const fields = fieldsIn(content, ['v', 'id', 'title', 'keeper'], invalid)
  return {
    id: bytesIn(fields, 'id', idBytes, invalid),
    title: textIn(fields, 'title', maxTitleBytes, /./u),
    keeperKey: bytesIn(fields, 'keeper', keyBytes, invalid),
  }
}

/** The answer to an invitation, as the body of a message of the pair. */
export function formatTeamAnswer({ id, signing, box }: TeamAnswer): CareTeamBody {
  return json(teamAnswerType, { id: encodeBase64Url(id), signing: encodeBase64Url(signing), box })
}

/** @throws ChartsealError `care-team/not-an-answer`, `care-team/invalid`, `json/invalid`, `encoding/invalid` */
export function parseTeamAnswer({ mediaType, content }: CareTeamBody): TeamAnswer {
  if (mediaType !== teamAnswerType) throw careTeamError('care-team/not-an-answer', {})
  const fields = fieldsIn(content, ['v', 'id', 'signing', 'box'], invalid)
  return {
    id: bytesIn(fields, 'id', idBytes, invalid),
    signing: bytesIn(fields, 'signing', keyBytes, invalid),
    box: textIn(fields, 'box', maxBoxBytes, /^[\w-]*$/),
  }
}

/** The bytes are those of the step that added somebody. */
export function formatTeamWelcome(welcome: Uint8Array): CareTeamBody {
  return { mediaType: teamWelcomeType, content: welcome }
}

/** @throws ChartsealError `care-team/not-a-welcome` */
export function parseTeamWelcome({ mediaType, content }: CareTeamBody): Uint8Array {
  if (mediaType !== teamWelcomeType) throw careTeamError('care-team/not-a-welcome', {})
  return content
}

function json(mediaType: string, fields: Readonly<Record<string, string>>): CareTeamBody {
  return { mediaType, content: encodeUtf8(JSON.stringify({ v: 1, ...fields })) }
}

const invalid = (field: string) => careTeamError('care-team/invalid', { field })

function textIn(fields: JsonObject, field: string, maxBytes: number, form: RegExp): string {
  const text = fields.text(field)
  const isPlain = text.isWellFormed() && !/[\p{Cc}\p{Zl}\p{Zp}]/u.test(text) && form.test(text)
  if (!isPlain || encodeUtf8(text).length > maxBytes) throw invalid(field)
  return text
}
