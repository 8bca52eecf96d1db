/** How a message moves from one state to the next; what belongs to the step is written in the same go. */
import { encodeUtf8 } from '@chartseal/core/encoding'
import type { Beside, Unlocked } from '../pairs/pairs.js'
import { askedFor, decodeMessageRow, encodeMessageRow, type MessageRow, storedKeyOf } from './message-row.js'
import { sentKeyOf } from './outbox-item.js'
import { isFurther, type MessageState } from './states.js'

/** Rows beside a message, or those for what it becomes: `null` when it does not change. */
export type BesideMessage = Beside | ((next: MessageRow | null) => Beside)

export interface Move {
  readonly why?: string
  readonly beside?: BesideMessage
  /** Another one than before. */
  readonly id?: string
}

/** Moves a message on, unless it is as far already. */
export async function markMessage(
  unlocked: Unlocked,
  key: string,
  state: MessageState,
  { why = '', beside = [], id }: Move = {},
): Promise<void> {
  const moved = (row: MessageRow): MessageRow | null =>
    mayMove(row.state, state)
      ? { ...row, state, why: state !== 'failed' && row.why === askedFor ? askedFor : why, id: id ?? row.id }
      : null
  await changeMessage(unlocked, key, moved, beside)
}

/** Says why a message still waits; its state is the same. */
export async function markWaiting(unlocked: Unlocked, key: string, why: string): Promise<void> {
  const isNews = (row: MessageRow): boolean =>
    row.state === 'sealed' && row.why !== why && row.why !== askedFor
  await changeMessage(unlocked, key, row => (isNews(row) ? { ...row, why } : null))
}

/** Changes the row of a message, if it is there and `change` gives one; rows beside it are written all the same. */
export async function changeMessage(
  { rows, locks }: Unlocked,
  key: string,
  change: (row: MessageRow) => MessageRow | null,
  beside: BesideMessage = [],
): Promise<void> {
  await locks('chartseal/messages', async () => {
    const bytes = key === '' ? null : await rows.get(key)
    const next = bytes === null ? null : change(decodeMessageRow(key, bytes))
    const more = typeof beside === 'function' ? beside(next) : beside
    await rows.write(next === null ? more : [[key, encodeMessageRow(next)], ...marksOf(next), ...more])
  })
}

/** Nothing is left of what waited once the other side has it. */
function marksOf({ key, state, id }: MessageRow): Beside {
  const stored = [storedKeyOf(key), state === 'stored' ? encodeUtf8(id) : null] as const
  const hasArrived = state === 'delivered' || state === 'opened'
  return hasArrived ? [stored, [sentKeyOf(key), null]] : [stored]
}

/** What the other side has opened was sent, whatever the clinic says later. */
const mayMove = (from: MessageState, to: MessageState): boolean =>
  to === 'failed' ? from === 'sealed' : isFurther(to, from)
