/**
 * Blocking a pair: nothing is written either way, and the other side is told, so that nobody waits for an answer that does
 * not come. What they had sent, or send all the same, is kept without a sign, and counts as new when the block ends.
 */
import { decodeUtf8, encodeUtf8 } from '@chartseal/core/encoding'
import { JsonObject } from '@chartseal/core/json'
import { decodeMessageRow, messagesOf, unreadKeyOf } from '../thread/message-row.js'
import { sealQuietly } from '../thread/send.js'
import { hasKit } from './may-write.js'
import type { Pair } from './pair-row.js'
import { type Beside, changePair, type PairChange, type Unlocked } from './pairs.js'

export const blockType = 'application/vnd.chartseal.block+json'

/** Blocks the other side of a pair, or ends that. @throws ChartsealError `keyring/…` */
export async function setBlocked(unlocked: Unlocked, pairId: string, isBlocked: boolean): Promise<void> {
  await changePair(unlocked, pairId, async pair => {
    if (pair.blockedMs > 0 === isBlocked) return { result: null, pair: null }
    const told = (await hasKit(unlocked, pair)) ? sealQuietly(unlocked, pair, notice(isBlocked), true) : null
    const marks = await (isBlocked ? unreadMarks : missedMarks)(unlocked, pairId)
    const blockedMs = isBlocked ? unlocked.clock.nowMs() : 0
    return {
      result: null,
      pair: { ...(told?.pair ?? pair), blockedMs },
      beside: [...(told?.beside ?? []), ...marks],
    }
  })
}

/** Whoever writes all the same does not know of the block, such as on a new device: they are told again. */
export async function tellAgain(unlocked: Unlocked, pair: Pair): Promise<PairChange<null>> {
  if (!(await hasKit(unlocked, pair))) return { result: null, pair }
  return sealQuietly(unlocked, pair, notice(true), true)
}

const notice = (isBlocked: boolean) => ({
  mediaType: blockType,
  content: encodeUtf8(JSON.stringify({ blocked: isBlocked })),
})

/** Nothing of it counts as new. */
async function unreadMarks({ rows }: Unlocked, pairId: string): Promise<Beside> {
  return (await rows.keys(unreadKeyOf(messagesOf(pairId)))).map(key => [key, null] as const)
}

/** What came and was not looked at counts as new again. */
async function missedMarks({ rows }: Unlocked, pairId: string): Promise<Beside> {
  const all = await rows.range(messagesOf(pairId))
  const unread = all.filter(([key, bytes]) => decodeMessageRow(key, bytes).state === 'unread')
  return unread.map(([key]) => [unreadKeyOf(key), new Uint8Array()] as const)
}

/** The other side's word; of two, the one that it sent later. What is no such word changes nothing. */
export function takeNotice(pair: Pair, content: Uint8Array, sentMs: number): Pair {
  const blocked = readNotice(content)
  if (blocked === null || sentMs < pair.peerToldMs) return pair
  return { ...pair, isBlockedByPeer: blocked, peerToldMs: sentMs }
}

function readNotice(content: Uint8Array): boolean | null {
  try {
    return JsonObject.parse(decodeUtf8(content)).boolean('blocked')
  } catch {
    return null
  }
}
