/**
 * What waits to leave. Each item is a row on disk before the first request, under an id that stays: sent twice, it
 * arrives once. A refusal holds it back and says why; a person tries again.
 */
import { ChartsealError } from '@chartseal/core/errors'
import type { ClinicApi } from '../api/client.js'
import { isOffline, isRefused, refusalOf } from '../api/refusals.js'
import type { Unlocked } from '../pairs/pairs.js'
import { markMessage, markWaiting } from './mark.js'
import { decodeMessageRow } from './message-row.js'
import {
  boxesOf,
  decodeItem,
  encodeItem,
  heldPrefix,
  newItemId,
  type OutboxItem,
  outboxPrefix,
  sentKeyOf,
  waitingRow,
} from './outbox-item.js'
import { inThisMonth, type Waiting } from './reseal.js'

const leastWaitMs = 1_000
const largeBytes = 65_536
const slowly = { kind: 'later', retryMs: 30_000 } as const
const unsigned = 401

/** `done`: nothing is left that could leave. Otherwise the same again: offline, or after so long. */
export type Flushed =
  | { readonly kind: 'done' | 'offline' }
  | { readonly kind: 'later'; readonly retryMs: number }

/** What became of one item: nothing is left of it to do now; or it stays, and whether those behind it do, too. */
type Left = { readonly kind: 'done' } | (Exclude<Flushed, { kind: 'done' }> & { readonly isForAll: boolean })

type Api = Pick<ClinicApi, 'deposit' | 'stateOf'>

/** Lets everything leave that may, in its order; one tab at a time. */
export function flush(unlocked: Unlocked, api: Api): Promise<Flushed> {
  return unlocked.locks('chartseal/outbox', async () => {
    const keys = await unlocked.rows.keys(outboxPrefix)
    const boxes = keys.length === 0 ? new Map<string, string>() : await boxesOf(unlocked)
    let stayed: Flushed = { kind: 'done' }
    for (const key of keys) {
      const row = await waitingRow(unlocked, key)
      const left = row === null ? done : await leave(unlocked, api, { key, item: decodeItem(row) }, boxes)
      if (left.kind === 'done') continue
      stayed = left
      if (left.isForAll) break
    }
    return stayed
  })
}

const done = { kind: 'done' } as const

async function leave(
  unlocked: Unlocked,
  api: Api,
  waiting: Waiting,
  boxes: ReadonlyMap<string, string>,
): Promise<Left> {
  let now = waiting
  try {
    const after = boxes.has(waiting.item.pairId) ? await inThisMonth(unlocked, api, waiting) : waiting
    if (after === 'dropped') return done
    if (after !== 'stored') {
      now = { ...after, item: { ...after.item, box: boxes.get(after.item.pairId) ?? after.item.box } }
      await api.deposit(now.item.box, now.item.id, now.item.bytes)
    }
  } catch (error) {
    return kept(unlocked, now, error)
  }
  const { key, item } = now
  const sent = [sentKeyOf(item.messageKey), encodeItem(item)] as const
  await markMessage(unlocked, item.messageKey, 'stored', {
    beside: next => (next === null ? [[key, null]] : [[key, null], sent]),
  })
  return done
}

async function kept(unlocked: Unlocked, { key, item }: Waiting, error: unknown): Promise<Left> {
  const isLarge = item.bytes.length > largeBytes
  // A small one that finds nobody says that there is no network; a large one may have been too much for it.
  if (isOffline(error)) return isLarge ? { ...slowly, isForAll: false } : { kind: 'offline', isForAll: true }
  // One mailbox that is full, or one pair whose clock jumped, holds up nobody else.
  if (refusalOf(error) === 'mailbox/full' || isOfKeys(error)) return waits(unlocked, item, error, done)
  const wait = waitOf(error)
  if (wait !== null) return waits(unlocked, item, error, { ...wait, kind: 'later' })
  const held = [key.replace(outboxPrefix, heldPrefix), encodeItem(item)] as const
  await markMessage(unlocked, item.messageKey, 'failed', {
    why: refusalOf(error) ?? 'unknown',
    beside: [[key, null], held],
  })
  return done
}

/** It stays as it is, and the person is told why. */
async function waits(unlocked: Unlocked, item: OutboxItem, error: unknown, left: Left): Promise<Left> {
  const own = error instanceof ChartsealError ? error.code : ''
  // A disk that is full holds up nobody for a word.
  await markWaiting(unlocked, item.messageKey, refusalOf(error) ?? own).catch(() => undefined)
  return left
}

const isOfKeys = (error: unknown): boolean =>
  error instanceof ChartsealError && error.code.startsWith('keyring/')

/**
 * How long to wait when the clinic says that nothing happened and the same will do later, and whether all must wait: a
 * fault at one item is not one of the others. `null` for a refusal.
 */
function waitOf(error: unknown): { readonly retryMs: number; readonly isForAll: boolean } | null {
  if (!isRefused(error)) throw error
  const { status, retryMs, code } = error.context
  // A signature says nothing of what was signed: the same is taken once the device, its clock or the way there is well again.
  if (status === unsigned) return { ...slowly, isForAll: code === 'signature/unknown-key' }
  const isLater = status >= 500 || status === 429 || status === 408 || code === 'request/cut-off'
  if (!isLater) return null
  return { retryMs: Math.max(leastWaitMs, retryMs), isForAll: status === 429 || status === 503 }
}

/** A person tries a message again that was refused. */
export async function retryMessage(unlocked: Unlocked, messageKey: string): Promise<void> {
  await fromHeld(unlocked, item => item.messageKey === messageKey)
}

/** What was refused and is wanted waits to leave again. */
export async function fromHeld(unlocked: Unlocked, isWanted: (item: OutboxItem) => boolean): Promise<void> {
  const { rows, random } = unlocked
  for (const key of await rows.keys(heldPrefix)) {
    const row = await waitingRow(unlocked, key)
    const item = row === null ? null : decodeItem(row)
    if (item === null || !isWanted(item)) continue
    const bytes = item.messageKey === '' ? null : await rows.get(item.messageKey)
    const conflict = bytes !== null && decodeMessageRow(item.messageKey, bytes).why === 'mailbox/conflict'
    const id = conflict ? newItemId(random) : item.id
    const again = [key.replace(heldPrefix, outboxPrefix), encodeItem({ ...item, id })] as const
    await markMessage(unlocked, item.messageKey, 'sealed', { beside: [[key, null], again], id })
  }
}
