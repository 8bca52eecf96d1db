/** How large a care team thread and its parts may be, and how long old keys are kept. */
import { encodeUtf8 } from '@chartseal/core/encoding'
import { teamError } from './errors.js'

export const idBytes = 16
export const keyBytes = 32
export const hashBytes = 32
export const saltBytes = 16
export const signatureBytes = 64

/** Content of one message. */
export const maxTeamContentBytes = 262_144
/** With the keeper. */
export const maxTeamPeople = 64
export const maxTypeBytes = 128
export const maxFileNameBytes = 256
const maxTitleBytes = 256
const maxNameBytes = 128
const maxBoxBytes = 128
/** No commit and no message is larger. */
export const maxFrameBytes = 1_048_576

/** Epochs before the newest one whose keys are kept, for what was sent before its sender knew of the next. */
export const oldEpochs = 16
/** And no longer than this after the next one began here. */
export const oldEpochMs: number = 14 * 24 * 3_600_000

export const maxGaps = 32
/** Of people whose signature was checked, and of others. */
export const maxWaiting = 256
export const maxWaitingUnknown = 32
export const maxWaitingBytes = 4_194_304
/** When there is as much, frames of others wait no more: what they send takes no room from the rest. */
export const maxWaitingUnknownBytes = 2_097_152

/** What a member says of an epoch that the keeper does not know is believed so far above the keeper's own. */
export const maxHeardAhead = 1_000_000
/** And so often in this time: each may end with new keys for all. */
export const maxClaims = 3
export const claimsMs: number = 24 * 3_600_000
/** No sender's number is so far above the last one: nobody lost so many messages. */
export const maxMissing = 1_000_000

/** Above anything that members may have seen since a backup was made. */
export const renewalStep = 1_000

function isPlain(text: string, maxBytes: number): boolean {
  const isReadable = text.isWellFormed() && text.trim() !== '' && !/[\p{Cc}\p{Zl}\p{Zp}]/u.test(text)
  return isReadable && encodeUtf8(text).length <= maxBytes
}

/** @throws ChartsealError `team/bad-text` */
export function requireTitle(title: string): string {
  if (!isPlain(title, maxTitleBytes)) throw teamError('team/bad-text', { field: 'title' })
  return title
}

/** @throws ChartsealError `team/bad-text` */
export function requireName(name: string): string {
  if (!isPlain(name, maxNameBytes)) throw teamError('team/bad-text', { field: 'name' })
  return name
}

/** It becomes a part of an address, and leads nowhere else. @throws ChartsealError `team/bad-text` */
export function requireBox(box: string): string {
  if (!/^[\w-]*$/.test(box) || box.length > maxBoxBytes) throw teamError('team/bad-text', { field: 'box' })
  return box
}
