import { AeadKey } from '@chartseal/core/keys'
import {
  findKey,
  kidBytes,
  nextLink,
  placeOf,
  type Sender,
  type SenderKey,
  senderAt,
  senderKey,
} from './chain.js'
import { refuseAhead } from './clock.js'
import { dayMs, type Epoch, parseEpoch } from './epoch.js'
import { keyringError, type MissingKey } from './errors.js'
import { copyGrace, copySecret, type Forgotten, type Ring } from './ring.js'

/** What one key may seal. */
export interface Budget {
  readonly messages: number
  readonly bytes: number
  readonly ageMs: number
}

/** Far below what AES-256-GCM under one Cobblestone key allows. Age counts from the move into the epoch. */
export const defaultBudget: Budget = { messages: 2 ** 20, bytes: 2 ** 36, ageMs: 45 * dayMs }

/** pending: the next epoch, which a partner whose clock is ahead may already use. */
export type KeyState = 'pending' | 'active' | 'grace' | 'destroyed'

export interface SealingKey {
  /** A copy; the caller wipes it. */
  readonly key: AeadKey
  readonly kid: Uint8Array
  /** From 0 for each kid; never given out twice by rings that are stored before use. */
  readonly counter: bigint
}

export interface ReadingKey {
  /** A copy; the caller wipes it. */
  readonly key: AeadKey
  readonly epoch: Epoch
  readonly state: Exclude<KeyState, 'destroyed'>
  readonly sender: Sender
}

/**
 * The key for one message whose content has `sizeBytes`, and the ring that has counted it. Advance the ring first, and
 * store the one that comes back before the message leaves: with an older one the counter would be used twice.
 * @throws ChartsealError `keyring/budget-spent`: advance, or rotate before the month ends; `keyring/ahead-of-clock`
 */
export function takeSealingKey(
  ring: Ring,
  sizeBytes: number,
  nowMs: number,
  budget: Budget = defaultBudget,
): { readonly ring: Ring; readonly sealing: SealingKey } {
  if (!Number.isSafeInteger(sizeBytes) || sizeBytes < 0)
    throw new RangeError('sizeBytes must be a non-negative safe integer')
  refuseAhead(ring.epoch, nowMs)
  const sent = { messages: ring.sent.messages + 1, bytes: ring.sent.bytes + sizeBytes }
  refuseSpent({ ...sent, ageMs: nowMs - ring.movedMs }, budget)
  const sender: Sender = { side: 'own', device: ring.device }
  const { key, kid } = senderKey(ring.chain, ring.epoch, ring.identities, sender)
  const next = { ...ring, chain: copySecret(ring.chain), grace: copyGrace(ring.grace), sent }
  return { ring: next, sealing: { key, kid, counter: BigInt(ring.sent.messages) } }
}

function refuseSpent(used: Budget, budget: Budget): void {
  for (const of of ['messages', 'bytes', 'ageMs'] as const) {
    if (used[of] > budget[of]) throw keyringError('keyring/budget-spent', { of, limit: budget[of] })
  }
}

/**
 * The key that a message names. Advance the ring first: it is the ring, not the clock, that says what is left.
 * @throws ChartsealError `keyring/no-such-key`: `before` for a key that this ring destroyed, `after` for one of
 * a later epoch than the next, `outside` for one of another ring, or destroyed more than 60 epochs ago
 * @throws RangeError unless the key id has 8 bytes
 */
export function readingKey(ring: Ring, kid: Uint8Array): ReadingKey {
  if (kid.length !== kidBytes) throw new RangeError(`a key id must have ${kidBytes} bytes`)
  const found = searchGrace(ring, kid) ?? searchAhead(ring, kid)
  if (found !== null) return found
  throw missing(isForgotten(ring.forgotten, kid) ? 'before' : 'outside')
}

const whyMissing: Readonly<Record<MissingKey, string>> = {
  before: 'This message is too old: its key was destroyed.',
  after: 'This message is from a later month than this clock shows.',
  outside: 'This message was not sealed for this pair, or its key was destroyed years ago.',
}

function missing(where: MissingKey): Error {
  return keyringError('keyring/no-such-key', { where, why: whyMissing[where] })
}

function searchGrace(ring: Ring, kid: Uint8Array): ReadingKey | null {
  for (const { epoch, keys } of ring.grace) {
    const found = findKey(keys, kid)
    if (found !== undefined)
      return reading({ ...found, key: new AeadKey(found.key.reveal()) }, epoch, 'grace')
  }
  return null
}

/** This epoch and the next are read, those behind them are only recognised. */
function searchAhead(ring: Ring, kid: Uint8Array): ReadingKey | null {
  const place = placeOf(ring.kids, kid)
  if (place < 0) return null
  const { ahead, sender } = senderAt(place)
  if (ahead > 1) throw missing('after')
  const epoch = parseEpoch(ring.epoch + ahead)
  using link = ahead === 0 ? copySecret(ring.chain) : nextLink(ring.chain, ring.epoch)
  const found = senderKey(link, epoch, ring.identities, sender)
  return reading(found, epoch, ahead === 0 ? 'active' : 'pending')
}

function reading(found: SenderKey, epoch: Epoch, state: ReadingKey['state']): ReadingKey {
  return { key: found.key, sender: found.sender, epoch, state }
}

function isForgotten(forgotten: readonly Forgotten[], kid: Uint8Array): boolean {
  return forgotten.some(({ kids }) => placeOf(kids, kid) >= 0)
}

/** What this ring can do with the keys of an epoch. */
export function keyStateOf(ring: Ring, epoch: number): KeyState {
  const asked = parseEpoch(epoch)
  if (asked > ring.epoch) return 'pending'
  if (asked === ring.epoch) return 'active'
  return ring.grace.some(entry => entry.epoch === asked) ? 'grace' : 'destroyed'
}
