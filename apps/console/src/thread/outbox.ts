/**
 * What waits to leave. Each item is a row on disk before the first request, under an id that stays: sent twice, it
 * arrives once. A refusal holds it back and says why; a person tries again.
 */
import { CborFields } from '@chartseal/core/cbor'
import { encodeBase64Url, encodeCbor, encodeUtf8 } from '@chartseal/core/encoding'
import type { Random } from '@chartseal/core/ports'
import { type ClinicApi, isOffline, isRefused, refusalOf } from '../api/client.js'
import type { Beside, Unlocked } from '../pairs/pairs.js'
import { askedFor, decodeMessageRow, encodeMessageRow, type MessageRow, storedKeyOf } from './message-row.js'
import { isFurther, type MessageState } from './states.js'

const version = 1
const fields = ['v', 'box', 'id', 'message', 'bytes']
export const outboxPrefix = 'outbox/'
/** What was refused, until a person tries again. */
const heldPrefix = 'held/'
const leastWaitMs = 1_000

export interface OutboxItem {
  readonly key: string
  readonly box: string
  /** Under which the clinic keeps it: 22 characters. */
  readonly id: string
  /** The row of the message; empty for what people do not see. */
  readonly messageKey: string
  readonly bytes: Uint8Array
}

export const newItemId = (random: Random): string => encodeBase64Url(random.bytes(16))

/** The row of an item that is to leave. */
export function outboxRow(
  { box, id, messageKey, bytes }: Pick<OutboxItem, 'box' | 'id' | 'messageKey' | 'bytes'>,
  { clock }: Unlocked,
): readonly [key: string, bytes: Uint8Array] {
  const key = `${outboxPrefix}${String(clock.nowMs()).padStart(15, '0')}-${id}`
  return [key, encodeItem({ box, id, messageKey, bytes })]
}

function encodeItem({ box, id, messageKey, bytes }: Omit<OutboxItem, 'key'>): Uint8Array {
  return encodeCbor({ v: version, box, id, message: messageKey, bytes })
}

function decodeItem(key: string, row: Uint8Array): OutboxItem {
  const map = CborFields.decode(row, fields)
  map.count('v', version, version)
  return {
    key,
    box: map.text('box'),
    id: map.text('id'),
    messageKey: map.text('message'),
    bytes: map.bytes('bytes'),
  }
}

async function itemsIn({ rows }: Unlocked, prefix: string): Promise<readonly OutboxItem[]> {
  return (await rows.range(prefix)).map(([key, row]) => decodeItem(key, row))
}

/** `done`: nothing is left that could leave. Otherwise the same again: offline, or after so long. */
export type Flushed =
  | { readonly kind: 'done' | 'offline' }
  | { readonly kind: 'later'; readonly retryMs: number }

/** Lets everything leave that may, in its order; one tab at a time. */
export function flush(unlocked: Unlocked, api: Pick<ClinicApi, 'deposit'>): Promise<Flushed> {
  return unlocked.locks('chartseal/outbox', async () => {
    for (const item of await itemsIn(unlocked, outboxPrefix)) {
      const stop = await leave(unlocked, api, item)
      if (stop !== null) return stop
    }
    return { kind: 'done' }
  })
}

/** `null` when the next item may follow. */
async function leave(
  unlocked: Unlocked,
  api: Pick<ClinicApi, 'deposit'>,
  item: OutboxItem,
): Promise<Flushed | null> {
  try {
    await api.deposit(item.box, item.id, item.bytes)
  } catch (error) {
    if (isOffline(error)) return { kind: 'offline' }
    // One mailbox that is full holds up nobody else.
    if (refusalOf(error) === 'mailbox/full') return null
    const wait = waitOf(error)
    if (wait !== null) return { kind: 'later', retryMs: wait }
    await markMessage(unlocked, item.messageKey, 'failed', refusalOf(error) ?? 'unknown', [
      [item.key, null],
      [item.key.replace(outboxPrefix, heldPrefix), encodeItem(item)],
    ])
    return null
  }
  await markMessage(unlocked, item.messageKey, 'stored', '', [[item.key, null]])
  return null
}

/** How long to wait when the clinic says that nothing happened and the same will do later; `null` for a refusal. */
function waitOf(error: unknown): number | null {
  if (!isRefused(error)) throw error
  const { status, retryMs } = error.context
  return status === 429 || status === 408 || status >= 500 ? Math.max(leastWaitMs, retryMs) : null
}

/** Moves a message on; rows beside it are written in the same go. */
export async function markMessage(
  unlocked: Unlocked,
  key: string,
  state: MessageState,
  why = '',
  beside: Beside = [],
  id?: string,
): Promise<void> {
  const moved = (row: MessageRow): MessageRow | null =>
    mayMove(row.state, state)
      ? { ...row, state, why: state !== 'failed' && row.why === askedFor ? askedFor : why, id: id ?? row.id }
      : null
  await changeMessage(unlocked, key, moved, beside)
}

/** Changes the row of a message, if it is there and `change` gives one; rows beside it are written all the same. */
export async function changeMessage(
  { rows, locks }: Unlocked,
  key: string,
  change: (row: MessageRow) => MessageRow | null,
  beside: Beside = [],
): Promise<void> {
  await locks('chartseal/messages', async () => {
    const bytes = key === '' ? null : await rows.get(key)
    const next = bytes === null ? null : change(decodeMessageRow(key, bytes))
    if (next === null) return rows.write(beside)
    const mark = [storedKeyOf(key), next.state === 'stored' ? encodeUtf8(next.id) : null] as const
    await rows.write([[key, encodeMessageRow(next)], mark, ...beside])
  })
}

/** What the other side has opened was sent, whatever the clinic says later. */
const mayMove = (from: MessageState, to: MessageState): boolean =>
  to === 'failed' ? from === 'sealed' : isFurther(to, from)

/** A person tries a message again that was refused. */
export async function retryMessage(unlocked: Unlocked, messageKey: string): Promise<void> {
  for (const item of await itemsIn(unlocked, heldPrefix)) {
    if (item.messageKey !== messageKey) continue
    const bytes = await unlocked.rows.get(messageKey)
    const conflict = bytes !== null && decodeMessageRow(messageKey, bytes).why === 'mailbox/conflict'
    const id = conflict ? newItemId(unlocked.random) : item.id
    const again = [item.key.replace(heldPrefix, outboxPrefix), encodeItem({ ...item, id })] as const
    await markMessage(unlocked, messageKey, 'sealed', '', [[item.key, null], again], id)
  }
}
