/** What a step on a care team leaves to be shown. */
import { equal } from '@chartseal/core/bytes'
import type { TeamBody, TeamEvent, TeamMessage } from '@chartseal/elgamal-session/team'
import type { Beside, Unlocked } from '../pairs/pairs.js'
import { theirTime } from '../pairs/their-time.js'
import { cleanFileName } from '../thread/file-name.js'
import { textIn } from '../thread/message-row.js'
import {
  eventRow,
  newEventKey,
  noEvent,
  type TeamEventKind,
  type TeamEventRow,
  teamFileOf,
  unreadOf,
} from './event-row.js'

export type NewEvent = Partial<Omit<TeamEventRow, 'key'>> & Pick<TeamEventRow, 'kind'>

/** The rows of what this side did itself: it is read already. */
export function ownEvent(
  unlocked: Unlocked,
  ref: string,
  event: NewEvent,
): { readonly key: string; readonly rows: Beside } {
  const key = newEventKey(ref, unlocked)
  return { key, rows: [eventRow({ ...noEvent, atMs: unlocked.clock.nowMs(), ...event, key })] }
}

/** What a body shows as; the bytes of a file go into a row of their own. */
export function bodyShown(body: TeamBody): {
  readonly shown: Pick<TeamEventRow, 'text' | 'mediaType' | 'fileName' | 'sizeBytes'>
  readonly isFile: boolean
} {
  const { mediaType, content, fileName = '' } = body
  const text = textIn(body)
  const shown = {
    text: text ?? '',
    mediaType,
    fileName: text === null ? cleanFileName(fileName) : '',
    sizeBytes: content.length,
  }
  return { shown, isFile: text === null }
}

/**
 * The rows of what came, in its order. What says nothing to people leaves none.
 * @param self the key of this side: an older copy of its state may meet what it wrote itself
 */
export function eventRows(
  unlocked: Unlocked,
  ref: string,
  events: readonly TeamEvent[],
  self: Uint8Array = new Uint8Array(),
): Beside {
  return events.flatMap((event, order) => rowsOf(unlocked, newEventKey(ref, unlocked, order), event, self))
}

function rowsOf(unlocked: Unlocked, key: string, event: TeamEvent, self: Uint8Array): Beside {
  const nowMs = unlocked.clock.nowMs()
  const row = (kind: TeamEventKind, more: Partial<TeamEventRow>) =>
    eventRow({ ...noEvent, kind, atMs: nowMs, ...more, key })
  if (event.kind === 'message') return messageRows(key, event.message, nowMs, self)
  if (event.kind === 'left') {
    const atMs = theirTime(event.sentAtMs, nowMs)
    return [row('left', { name: event.person.name, atMs }), unreadMark(key)]
  }
  if (event.kind === 'removed') return [row('out', {}), unreadMark(key)]
  if (event.kind === 'refused') return [row('refused', { code: event.code })]
  return event.kind === 'changed' ? changeRows(key, event, nowMs) : []
}

const unreadMark = (key: string) => [unreadOf(key), new Uint8Array()] as const

function messageRows(key: string, message: TeamMessage, nowMs: number, self: Uint8Array): Beside {
  const own = equal(message.sender.signing, self)
  const { shown, isFile } = bodyShown(message.body)
  const row: TeamEventRow = {
    ...noEvent,
    ...shown,
    key,
    kind: 'said',
    own,
    name: message.sender.name,
    names: message.sentBefore,
    atMs: theirTime(message.sentAtMs, nowMs),
    missing: message.missing,
    isEarlier: message.isMissingPerhapsEarlier,
    isLate: message.isLate,
  }
  const file: Beside = isFile ? [[teamFileOf(key), message.body.content]] : []
  return [eventRow(row), ...(own ? [] : [unreadMark(key)]), ...file]
}

/** One for those who came, and one for those who went, with keys behind each other. */
function changeRows(
  key: string,
  { added, removed, atMs }: Extract<TeamEvent, { kind: 'changed' }>,
  nowMs: number,
): Beside {
  const at = theirTime(atMs, nowMs)
  const of = (kind: 'added' | 'removed', people: readonly { readonly name: string }[]): Beside => {
    const row = { ...noEvent, kind, key: `${key}${kind}`, names: people.map(({ name }) => name), atMs: at }
    return people.length === 0 ? [] : [eventRow(row)]
  }
  return [...of('removed', removed), ...of('added', added)]
}
