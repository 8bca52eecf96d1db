/** Frames of a care team as texts that any chat carries: `[CHARTSEAL:team-v2:<base64url>]`. */
import { decodeBase64Url, encodeBase64Url } from '@chartseal/core/encoding'
import { inspectTeamFrame } from '@chartseal/elgamal-session/team'
import { careTeamError } from './errors.js'

const maxTextLength = 1_500_000

/** `[CHARTSEAL:team-v2:<base64url>]` */
export function formatTeamFrame(frame: Uint8Array): string {
  return `[CHARTSEAL:team-v2:${encodeBase64Url(frame)}]`
}

/** One frame has one text. @throws ChartsealError `care-team/not-a-text`, `team/malformed`, `encoding/invalid` */
export function parseTeamFrame(text: string): Uint8Array {
  const match = text.length > maxTextLength ? null : /^\[CHARTSEAL:team-v2:([\w-]+)\]$/.exec(text)
  if (match === null || text.endsWith('\n'))
    throw careTeamError('care-team/not-a-text', { reason: 'it has another form' })
  const frame = decodeBase64Url(match[1] ?? '')
  if (inspectTeamFrame(frame) === null)
    throw careTeamError('care-team/not-a-text', { reason: 'it holds something else' })
  return frame
}
