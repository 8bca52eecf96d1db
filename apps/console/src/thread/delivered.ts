/**
 * What the clinic has and the other side has not: asked after, and sent once more, the same bytes under the same id, when the
 * clinic lost it or the other side moved. Whoever had it already takes no notice.
 */
import { decodeUtf8 } from '@chartseal/core/encoding'
import type { ClinicApi } from '../api/client.js'
import type { Unlocked } from '../pairs/pairs.js'
import { changeMessage, markMessage } from './mark.js'
import { pairIdIn } from './message-row.js'
import { fromHeld } from './outbox.js'
import { againRow, boxesOf, decodeItem, sentKeyOf, sentPrefix, waitingRow } from './outbox-item.js'

const maxNewest = 15
const maxOlder = 5

/** Asks the clinic which of the messages that it stored were fetched: the newest, and some of the others by lot. */
export async function refreshDelivered(unlocked: Unlocked, api: Pick<ClinicApi, 'stateOf'>): Promise<void> {
  const waiting = (await unlocked.rows.range('stored/')).toReversed()
  if (waiting.length === 0) return
  const boxes = await boxesOf(unlocked)
  const older = waiting.slice(maxNewest)
  const from = older.length === 0 ? 0 : (unlocked.random.bytes(4)[0] ?? 0) % older.length
  for (const [mark, id] of [...waiting.slice(0, maxNewest), ...older.slice(from, from + maxOlder)]) {
    const key = mark.replace(/^stored\//, 'message/')
    const box = boxes.get(pairIdIn(mark)) ?? (await boxOfCopy(unlocked, key))
    const state = box === '' ? 'stored' : await api.stateOf(box, decodeUtf8(id))
    if (state === 'delivered') await markMessage(unlocked, key, 'delivered')
    if (state === 'missing') await sendOnceMore(unlocked, key)
  }
}

/** A copy for a member of a care team is of no pair: it stays in the mailbox that it was sent to. */
async function boxOfCopy(unlocked: Unlocked, messageKey: string): Promise<string> {
  const row = await waitingRow(unlocked, sentKeyOf(messageKey))
  return row === null ? '' : decodeItem(row).box
}

/** It waits here again, and not at the clinic. */
async function sendOnceMore(unlocked: Unlocked, messageKey: string): Promise<void> {
  const row = await waitingRow(unlocked, sentKeyOf(messageKey))
  if (row === null) return
  const again = againRow({ ...decodeItem(row), wasStored: true })
  await changeMessage(
    unlocked,
    messageKey,
    message => (message.state === 'stored' ? { ...message, state: 'sealed' } : null),
    next => (next === null ? [] : [[sentKeyOf(messageKey), null], again]),
  )
}

/**
 * What went to a mailbox where the other side is not any more goes to where it is now. What was refused and no person sees is
 * tried again: nobody else would.
 */
export async function followMoves(unlocked: Unlocked): Promise<void> {
  const boxes = await boxesOf(unlocked)
  const hasMoved = ({ pairId, box }: { readonly pairId: string; readonly box: string }): boolean =>
    box !== (boxes.get(pairId) ?? box)
  for (const key of await unlocked.rows.keys(sentPrefix)) {
    const row = await waitingRow(unlocked, key)
    const item = row === null ? null : decodeItem(row)
    if (item !== null && hasMoved(item)) await sendOnceMore(unlocked, item.messageKey)
  }
  await fromHeld(unlocked, item => item.messageKey === '' || hasMoved(item))
}
