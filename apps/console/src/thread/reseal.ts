/**
 * What waited here until its month was over: the other side destroys the keys of a month seven days after its end, so it
 * is sealed anew, of its content and under a key of now.
 */
import { sealNext, wipeDevice } from '@chartseal/clinic'
import { encodeUtf8 } from '@chartseal/core/encoding'
import { readHeader } from '@chartseal/wire'
import type { ClinicApi } from '../api/client.js'
import { isKeyOver } from '../pairs/clock.js'
import { type Pair, patientIdOf } from '../pairs/pair-row.js'
import { changePair, type PairChange, readPair, type Unlocked } from '../pairs/pairs.js'
import {
  decodeMessageRow,
  encodeMessageRow,
  fileKeyOf,
  type MessageRow,
  refKeyOf,
  refOf,
} from './message-row.js'
import { againRow, decodeItem, newItemId, type OutboxItem } from './outbox-item.js'

/** One row of the outbox. */
export interface Waiting {
  readonly key: string
  readonly item: OutboxItem
}

/**
 * As it may leave now; `stored` when the clinic has it already, `dropped` when it was word that has lost its sense.
 * @throws ChartsealError `console/offline`, `console/refused`, `keyring/…`
 */
export async function inThisMonth(
  unlocked: Unlocked,
  api: Pick<ClinicApi, 'stateOf'>,
  waiting: Waiting,
): Promise<Waiting | 'stored' | 'dropped'> {
  const { key, item } = waiting
  if (!(await isOver(unlocked, item))) return waiting
  if (item.messageKey === '' && item.body === null) {
    await unlocked.rows.write([[key, null]])
    return 'dropped'
  }
  // Its answer may have been lost: it must not come twice.
  const state = await api.stateOf(item.box, item.id)
  if (state === 'stored' || state === 'delivered') return 'stored'
  return changePair(unlocked, item.pairId, pair => resealed(unlocked, pair, waiting))
}

async function isOver(unlocked: Unlocked, { pairId, bytes, wasStored }: OutboxItem): Promise<boolean> {
  const { device } = await readPair(unlocked, pairId)
  try {
    return device.ring !== null && isKeyOver(device.ring, readHeader(bytes).kid, wasStored)
  } finally {
    wipeDevice(device)
  }
}

async function resealed(
  unlocked: Unlocked,
  pair: Pair,
  { key, item }: Waiting,
): Promise<PairChange<Waiting | 'dropped'>> {
  const bytes = item.messageKey === '' ? null : await unlocked.rows.get(item.messageKey)
  const row = bytes === null ? null : decodeMessageRow(item.messageKey, bytes)
  const body = row === null ? item.body : await bodyOf(unlocked, row)
  if (body === null) return { result: 'dropped', pair: null, beside: [[key, null]] }
  const names = { patientId: patientIdOf(pair) }
  const { result: sealed, device } = sealNext(pair.device, { names, body }, unlocked)
  const id = newItemId(unlocked.random)
  const next = { ...item, id, bytes: sealed, wasStored: false }
  const [nextKey, nextRow] = row === null ? againRow(next, key) : againRow(next)
  const beside = [[key, null] as const, [nextKey, nextRow] as const]
  const shown = row === null ? [] : renamed(pair.id, row, refOf(readHeader(sealed)), id)
  return {
    result: { key: nextKey, item: decodeItem(nextRow) },
    pair: { ...pair, device: device ?? pair.device },
    beside: [...beside, ...shown],
  }
}

async function bodyOf({ rows }: Unlocked, row: MessageRow) {
  const { mediaType, fileName, text } = row
  if (fileName === '') return { mediaType, content: encodeUtf8(text) }
  const content = await rows.get(fileKeyOf(row.key))
  return content === null ? null : { mediaType, content, fileName }
}

/** The message has another name on both sides from now on. */
function renamed(pairId: string, row: MessageRow, ref: string, id: string) {
  return [
    [row.key, encodeMessageRow({ ...row, ref, id })],
    [refKeyOf(pairId, row.ref), null],
    [refKeyOf(pairId, ref), encodeUtf8(row.key)],
  ] as const
}
