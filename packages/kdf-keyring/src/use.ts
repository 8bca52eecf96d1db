import { equal } from '@chartseal/core/bytes'
import { AeadKey } from '@chartseal/core/keys'
import { findKey, nextLink, type Sender, type SenderKey, senderKey, senderKeys, wipeKeys } from './chain.js'
import { type Epoch, parseEpoch, startOf } from './epoch.js'
import { keyringError } from './errors.js'
import { copyGrace, copySecret, type Forgotten, type Ring } from './ring.js'

const kidBytes = 8
const dayMs = 24 * 60 * 60 * 1000
/** How many epochs ahead a key is known by name, to say of a message that it came too early. */
export const knownAhead = 12

/** What one key may seal. */
export interface Budget {
  readonly messages: number
  readonly bytes: number
  readonly ageMs: number
}

/** Far below what AES-256-GCM under one Cobblestone key allows; 45 days are a month and two weeks. */
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
 * The key for one message of `sizeBytes`, and the ring that has counted it. Store that ring before the message
 * leaves: with an older one the counter would be used twice.
 * @throws ChartsealError `keyring/budget-spent`: advance, or rotate before the month ends
 */
export function takeSealingKey(
  ring: Ring,
  sizeBytes: number,
  nowMs: number,
  budget: Budget = defaultBudget,
): { readonly ring: Ring; readonly sealing: SealingKey } {
  if (!Number.isSafeInteger(sizeBytes) || sizeBytes < 0) throw new RangeError('sizeBytes: 0 or more')
  const sent = { messages: ring.sent.messages + 1, bytes: ring.sent.bytes + sizeBytes }
  refuseSpent({ ...sent, ageMs: nowMs - Math.max(ring.movedMs, startOf(ring.epoch)) }, budget)
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
 * @throws RangeError for a kid that has not 8 bytes
 */
export function readingKey(ring: Ring, kid: Uint8Array): ReadingKey {
  if (kid.length !== kidBytes) throw new RangeError('a kid has 8 bytes')
  const found = searchGrace(ring, kid) ?? searchChain(ring, kid)
  if (found !== null) return found
  throw keyringError('keyring/no-such-key', {
    where: isForgotten(ring.forgotten, kid) ? 'before' : 'outside',
  })
}

function searchGrace(ring: Ring, kid: Uint8Array): ReadingKey | null {
  for (const { epoch, keys } of ring.grace) {
    const found = findKey(keys, kid)
    if (found !== undefined)
      return reading({ ...found, key: new AeadKey(found.key.reveal()) }, epoch, 'grace')
  }
  return null
}

/** Goes along the chain: this epoch and the next are read, those behind them are only recognised. */
function searchChain(ring: Ring, kid: Uint8Array): ReadingKey | null {
  let link = copySecret(ring.chain)
  try {
    for (let epoch: number = ring.epoch; epoch <= ring.epoch + knownAhead; epoch++) {
      const found = takeKey(senderKeys(link, epoch, ring.identities), kid)
      if (found !== null) return readable(ring, epoch, found)
      const next = nextLink(link, epoch)
      link.wipe()
      link = next
    }
    return null
  } finally {
    link.wipe()
  }
}

function takeKey(keys: readonly SenderKey[], kid: Uint8Array): SenderKey | null {
  const found = findKey(keys, kid)
  wipeKeys(keys.filter(entry => entry !== found))
  return found ?? null
}

function readable(ring: Ring, epoch: number, found: SenderKey): ReadingKey {
  if (epoch <= ring.epoch + 1) {
    return reading(found, parseEpoch(epoch), epoch === ring.epoch ? 'active' : 'pending')
  }
  found.key.wipe()
  throw keyringError('keyring/no-such-key', { where: 'after' })
}

function reading(found: SenderKey, epoch: Epoch, state: ReadingKey['state']): ReadingKey {
  return { key: found.key, sender: found.sender, epoch, state }
}

function isForgotten(forgotten: readonly Forgotten[], kid: Uint8Array): boolean {
  return forgotten.some(({ kids }) => {
    for (let at = 0; at < kids.length; at += kidBytes) {
      if (equal(kids.subarray(at, at + kidBytes), kid)) return true
    }
    return false
  })
}

/** What this ring can do with the keys of an epoch. */
export function stateOf(ring: Ring, epoch: number): KeyState {
  const asked = parseEpoch(epoch)
  if (asked > ring.epoch) return 'pending'
  if (asked === ring.epoch) return 'active'
  return ring.grace.some(entry => entry.epoch === asked) ? 'grace' : 'destroyed'
}
