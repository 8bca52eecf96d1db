/** A message that people see, as it is kept here when it came. */
import type { OpenedOnce } from '@chartseal/clinic'
import { invitationType } from '@chartseal/clinic/conference'
import { teamInvitationType } from '@chartseal/clinic/team'
import type { Body } from '@chartseal/wire'
import { dueRow } from '../conference/due.js'
import { readSlipNotice, slipRows, slipType } from '../ledger/slip-notice.js'
import { tellAgain } from '../pairs/block.js'
import type { Pair } from '../pairs/pair-row.js'
import type { Beside, Unlocked } from '../pairs/pairs.js'
import { type RecordNotice, readNotice, receivedRows, recordType } from '../records/notice.js'
import { teamDueRow } from '../team/due.js'
import { cleanFileName } from './file-name.js'
import { readInvited } from './invited.js'
import {
  encodeMessageRow,
  fileKeyOf,
  type MessageRow,
  newMessageKey,
  refOf,
  textIn,
  unreadKeyOf,
} from './message-row.js'

export interface Shown {
  readonly isNew: boolean
  readonly pair: Pair
  readonly beside: Beside
}

/** Put aside for the parts of the page that know conferences and care teams. */
export const dueOf = (unlocked: Unlocked, pair: Pair, { mediaType, content }: Body): Beside => [
  ...dueRow(unlocked, pair, mediaType, content),
  ...teamDueRow(unlocked, pair, mediaType, content),
]

/** The rows of what people see, and whether it counts as new: of a side that is blocked it is kept without a sign. */
export async function shownRows(
  unlocked: Unlocked,
  pair: Pair,
  { body, sealedBy, ...header }: OpenedOnce,
): Promise<Shown> {
  const text = textIn(body)
  const key = newMessageKey(pair.id, unlocked.clock, unlocked.random)
  const notice = body.mediaType === recordType ? readNotice(body.content) : null
  const invited = invitedIn(body)
  const slip = body.mediaType === slipType ? readSlipNotice(body.content) : null
  const named = notice ?? invited ?? slip
  const row: MessageRow = {
    key,
    own: sealedBy === 'own',
    ref: refOf(header),
    id: '',
    mediaType: body.mediaType,
    fileName: text === null ? (named?.name ?? cleanFileName(body.fileName ?? '')) : '',
    text: text ?? notice?.package ?? invited?.id ?? slip?.id ?? '',
    sizeBytes: body.content.length,
    sentMs: body.sentAtMs,
    state: sealedBy === 'own' ? 'stored' : 'unread',
    why: '',
  }
  // An invitation holds a key, which is to go with its conference.
  const isKept = text === null && invited === null
  const file: Beside = isKept ? [[fileKeyOf(key), body.content]] : []
  const isUnread = row.state === 'unread'
  const isNew = isUnread && pair.blockedMs === 0
  const told = isUnread && !isNew ? await tellAgain(unlocked, pair) : { pair, beside: [] }
  const unread: Beside = isNew ? [[unreadKeyOf(key), new Uint8Array()]] : []
  const record = await recordOf(unlocked, pair, row.own ? null : notice)
  const due = row.own || invited === null ? [] : dueOf(unlocked, pair, body)
  const beside = [
    [key, encodeMessageRow(row)] as const,
    ...unread,
    ...file,
    ...record,
    ...(slip === null || row.own ? [] : slipRows(unlocked, pair, body.content)),
    ...due,
    ...(told.beside ?? []),
  ]
  return { isNew, pair: told.pair ?? pair, beside }
}

function invitedIn({ mediaType, content }: Body) {
  const isInvitation = mediaType === invitationType || mediaType === teamInvitationType
  return isInvitation ? readInvited(content) : null
}

const recordOf = async (unlocked: Unlocked, pair: Pair, notice: RecordNotice | null): Promise<Beside> =>
  notice === null ? [] : receivedRows(unlocked, pair, notice)
