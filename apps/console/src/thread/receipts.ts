/** Word that a person had messages before them, sealed like any other: told to the other side, and taken from there. */
import { decodeUtf8, encodeUtf8 } from '@chartseal/core/encoding'
import { JsonObject } from '@chartseal/core/json'
import { mayTell } from '../pairs/may-write.js'
import { type Beside, changePair, type Unlocked } from '../pairs/pairs.js'
import { markMessage } from './mark.js'
import {
  decodeMessageRow,
  encodeMessageRow,
  type MessageRow,
  messagesOf,
  refKeyOf,
  unreadKeyOf,
} from './message-row.js'
import { sealQuietly } from './send.js'

export const receiptType = 'application/vnd.chartseal.receipt+json'
const maxRefs = 200

/** The other side may say anything; what is no list of names marks nothing. */
export function readReceipt(content: Uint8Array): readonly string[] {
  try {
    return JsonObject.parse(decodeUtf8(content)).texts('opened')
  } catch {
    return []
  }
}

/** Own messages that the other side has opened. */
export async function markOpened(unlocked: Unlocked, pairId: string, refs: readonly string[]): Promise<void> {
  for (const ref of refs.slice(0, maxRefs)) {
    const key = await unlocked.rows.get(refKeyOf(pairId, ref))
    if (key !== null) await markMessage(unlocked, decodeUtf8(key), 'opened')
  }
}

/** A person has the thread before them: what was unread is read, and the other side is told so, sealed. */
export async function markRead(unlocked: Unlocked, pairId: string): Promise<boolean> {
  const unread = await unreadOf(unlocked, pairId)
  if (unread.length === 0) return false
  await changePair(unlocked, pairId, async pair => {
    const read: Beside = unread.flatMap(row => [
      [row.key, encodeMessageRow({ ...row, state: 'read' })],
      [unreadKeyOf(row.key), null],
    ])
    if (!(await mayTell(unlocked, pair))) return { result: null, pair: null, beside: read }
    const content = encodeUtf8(JSON.stringify({ opened: unread.map(({ ref }) => ref) }))
    const told = sealQuietly(unlocked, pair, { mediaType: receiptType, content })
    return { ...told, beside: [...(told.beside ?? []), ...read] }
  })
  return true
}

async function unreadOf({ rows }: Unlocked, pairId: string): Promise<readonly MessageRow[]> {
  const marks = (await rows.range(unreadKeyOf(messagesOf(pairId)))).slice(0, maxRefs)
  const found = await Promise.all(
    marks.map(async ([mark]) => {
      const key = mark.replace(/^unread\//, 'message/')
      const bytes = await rows.get(key)
      return bytes === null ? [] : [decodeMessageRow(key, bytes)]
    }),
  )
  return found.flat()
}
