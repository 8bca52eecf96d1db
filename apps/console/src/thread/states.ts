/** The states of a message. */

/**
 * Of one's own: sealed and waiting here, stored at the clinic, delivered to the other side's device, opened by the other
 * side, not sent. Of the other side's: unread, read, not to be opened
 * here, and the same when it was asked for again.
 */
export const messageStates = [
  'sealed',
  'stored',
  'delivered',
  'opened',
  'failed',
  'unread',
  'read',
  'unopenable',
  'asked',
] as const
export type MessageState = (typeof messageStates)[number]

const order: readonly MessageState[] = ['failed', 'sealed', 'stored', 'delivered', 'opened']

/** Whether one state of an own message comes behind another: nothing that is known is forgotten again. */
export const isFurther = (state: MessageState, than: MessageState): boolean =>
  order.indexOf(state) > order.indexOf(than)
