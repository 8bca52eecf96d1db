/** What an unlocked device does about records without being asked. */

import { tellRecordKey } from '../pairs/record-key.js'
import { recordsApi } from '../records/api.js'
import { settleLinks } from '../records/links.js'
import { type Settling, settleRecords } from '../records/settle.js'
import { sweepSealing } from '../records/share.js'
import { outboxPrefix } from '../thread/outbox-item.js'
import { ownCard } from './own-card.js'
import type { Session } from './session.js'

/** Each pair is told the record key of this device, once; what a tab left that died is swept. */
export async function beginRecords(session: Session): Promise<void> {
  const { unlocked, hold, pairs } = session
  const before = await unlocked.rows.count(outboxPrefix)
  await sweepSealing(unlocked, hold)
  if (pairs.value.some(({ isPaired }) => isPaired)) await tellRecordKey(unlocked, await ownCard(session))
  if ((await unlocked.rows.count(outboxPrefix)) > before) session.poke()
}

export async function settleDue(session: Session): Promise<void> {
  const { unlocked, requests } = session
  const before = await unlocked.rows.count(outboxPrefix)
  const left = [await settleRecords(settlingOf(session)), await settleLinks({ unlocked, requests })]
  session.recordChanges.value++
  // Word to a reader leaves as any message does.
  if ((await unlocked.rows.count(outboxPrefix)) > before) session.poke()
  if (left.includes('later')) session.again(laterMs)
}

const laterMs = 30_000

export function settlingOf(session: Session): Settling {
  const { unlocked, requests, device, sending } = session
  return {
    unlocked,
    api: recordsApi(requests),
    kid: device.kid,
    said(id, done, of) {
      const next = new Map(sending.value)
      if (done < of) next.set(id, [done, of])
      else next.delete(id)
      sending.value = next
    },
  }
}
