/** One sealed message that waits to leave, or to be fetched: a row of its own, under an id that stays. */
import { CborFields } from '@chartseal/core/cbor'
import { decodeCbor, encodeBase64Url, encodeCbor } from '@chartseal/core/encoding'
import type { Clock, Random } from '@chartseal/core/ports'
import { lookAtPairs, type Unlocked } from '../pairs/pairs.js'
import { rowTime } from '../store/row-time.js'
import { pairIdIn } from './message-row.js'

const version = 1
const fields = ['v', 'box', 'id', 'message', 'bytes']
const optional = ['pair', 'type', 'content', 'stored']
export const outboxPrefix = 'outbox/'
/** What was refused, until a person tries again. */
export const heldPrefix = 'held/'
/** What the clinic has, until the other side has it: a clinic can lose it, and the other side can move. */
export const sentPrefix = 'sent/'

export interface OutboxItem {
  readonly pairId: string
  /** To which it was sealed, or sent last; it goes where the other side is now. */
  readonly box: string
  /** Under which the clinic keeps it: 22 characters. */
  readonly id: string
  /** The row of the message; empty for what people do not see. */
  readonly messageKey: string
  readonly bytes: Uint8Array
  /** Of word that must arrive in the end, such as a card: what it says. */
  readonly body: { readonly mediaType: string; readonly content: Uint8Array } | null
  /** The clinic had it: the other side may, too. */
  readonly wasStored: boolean
}

export const newItemId = (random: Random): string => encodeBase64Url(random.bytes(16))

/** The row of an item that is to leave now. */
export function outboxRow(
  item: OutboxItem,
  world: { readonly clock: Clock },
): readonly [key: string, bytes: Uint8Array] {
  return [`${outboxPrefix}${rowTime(world)}-${item.id}`, encodeItem(item)]
}

/** The row of what is to leave in the place that it, or its message, had: rows are named by their time. */
export function againRow(
  item: OutboxItem,
  place: string = item.messageKey,
): readonly [key: string, bytes: Uint8Array] {
  const time = place.split('/').at(-1)?.split('-')[0] ?? ''
  return [`${outboxPrefix}${time}-${item.id}`, encodeItem(item)]
}

export const sentKeyOf = (messageKey: string): string => messageKey.replace(/^message\//, sentPrefix)

export function encodeItem({ pairId, box, id, messageKey, bytes, body, wasStored }: OutboxItem): Uint8Array {
  const says = body === null ? {} : { type: body.mediaType, content: body.content }
  const stored = wasStored ? { stored: 1 } : {}
  return encodeCbor({ v: version, box, id, message: messageKey, bytes, pair: pairId, ...says, ...stored })
}

/** @throws ChartsealError `cbor/invalid` */
export function decodeItem(row: Uint8Array): OutboxItem {
  const map = new CborFields(decodeCbor(row), fields, optional)
  map.count('v', version, version)
  const messageKey = map.text('message')
  return {
    pairId: map.has('pair') ? map.text('pair') : pairIdIn(messageKey),
    box: map.text('box'),
    id: map.text('id'),
    messageKey,
    bytes: map.bytes('bytes'),
    body: map.has('content') ? { mediaType: map.text('type'), content: map.bytes('content') } : null,
    wasStored: map.has('stored'),
  }
}

/** A row that waits; `null` for one that is gone, or damaged, which is noted and stops no other one. */
export async function waitingRow({ rows }: Unlocked, key: string): Promise<Uint8Array | null> {
  return (await rows.range(key)).find(([name]) => name === key)?.[1] ?? null
}

/** Where each pair's other side is reached now. */
export async function boxesOf(unlocked: Unlocked): Promise<ReadonlyMap<string, string>> {
  return new Map(await lookAtPairs(unlocked, ({ id, peerBox }) => [id, peerBox] as const))
}
