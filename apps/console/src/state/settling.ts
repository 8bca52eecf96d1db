/** What an unlocked device does about records without being asked. */

import { dueLedger } from '../ledger/due.js'
import { tellRecordKey } from '../pairs/record-key.js'
import { recordsApi } from '../records/api.js'
import { compareRecords } from '../records/compare.js'
import { settleLinks } from '../records/links.js'
import { ownPrefix } from '../records/own-row.js'
import { isForLater, type Settled, type Settling, settleRecords } from '../records/settle.js'
import { sweepSealing } from '../records/share.js'
import { outboxPrefix } from '../thread/outbox-item.js'
import { ownCard } from './own-card.js'
import type { Session } from './session.js'
import { telling } from './telling.js'

/** Each pair is told the record key of this device, once; what a tab left that died is swept. */
export async function beginRecords(session: Session): Promise<void> {
  const { unlocked, hold, pairs } = session
  const before = await unlocked.rows.count(outboxPrefix)
  if (pairs.value.some(({ isPaired }) => isPaired)) await tellRecordKey(unlocked, await ownCard(session))
  if ((await unlocked.rows.count(outboxPrefix)) > before) session.poke()
  if ((await unlocked.rows.count(ownPrefix)) > 0) {
    await unlocked.rows.write([[dueCompare, new Uint8Array()]])
    void session.settle()
  }
  // Last: it waits for a tab that seals a record anew.
  await sweepSealing(unlocked, hold)
}

/** Marks that the clinic is to be asked what it has: once after each unlock, when it answers. */
const dueCompare = 'due-compare'

async function compareDue(session: Session): Promise<Settled> {
  const { unlocked, signer } = session
  if ((await unlocked.rows.count(dueCompare)) === 0) return 'done'
  try {
    await compareRecords({ ...settlingOf(session), signer })
  } catch (error) {
    if (!isForLater(error)) throw error
    return 'later'
  }
  await unlocked.rows.write([[dueCompare, null]])
  return 'done'
}

export async function settleDue(session: Session): Promise<void> {
  const { unlocked, requests } = session
  const before = await unlocked.rows.count(outboxPrefix)
  const left = [
    await compareDue(session),
    await settleRecords(settlingOf(session)),
    await settleLinks({ unlocked, requests }),
    await settlePrescriptions(session),
  ]
  session.recordChanges.value++
  // Word to a reader leaves as any message does.
  if ((await unlocked.rows.count(outboxPrefix)) > before) session.poke()
  if (left.includes('later')) session.again(laterMs)
}

const laterMs = 30_000

/** Loads what signs prescriptions only where one is under way. */
async function settlePrescriptions(session: Session): Promise<Settled> {
  if ((await session.unlocked.rows.count(dueLedger)) === 0) return 'done'
  const { settleLedger } = await import('../ledger/settle.js')
  try {
    return await settleLedger(session)
  } catch (error) {
    // Records and links go on all the same.
    if (!isForLater(error)) telling(session)(error)
    return 'later'
  }
}

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
