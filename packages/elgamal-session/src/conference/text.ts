/** Texts of a conference: valid UTF-8 of a stated length. Control characters are the view's business. */
import { encodeUtf8 } from '@chartseal/core/encoding'
import { partyError } from './errors.js'

/** Of one message, to all or to one. */
export const maxTextBytes = 65_536

/** @throws ChartsealError `conference/text-too-long`; `encoding/invalid` for a lone surrogate */
export function requireText(text: string): string {
  const sizeBytes = encodeUtf8(text).length
  if (sizeBytes > maxTextBytes) {
    throw partyError('conference/text-too-long', { sizeBytes, limitBytes: maxTextBytes })
  }
  return text
}
