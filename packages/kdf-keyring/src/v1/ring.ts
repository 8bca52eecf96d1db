/// <reference lib="esnext.disposable" preserve="true" />
import { encodeUtf8 } from '@chartseal/core/encoding'
import { ChartsealError, coreError } from '@chartseal/core/errors'
import { type AeadKey, SecretBytes } from '@chartseal/core/keys'
import type { Clock } from '@chartseal/core/ports'
import { systemClock } from '@chartseal/core/system'
import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { keyringError } from '../errors.js'
import {
  type DeriveOptions,
  defaultIterations,
  derive,
  minIterations,
  refuseCount,
  refuseWeakSecret,
} from './derive.js'
import { legacyKeptMonths, type Month, monthOf, monthsForReading } from './month.js'

const saltBytes = 16

/**
 * The salt of a month: the first 16 bytes of HMAC-SHA256(secret, month).
 *
 * Weak by design: it is made from the secret alone, so whoever sees it tests guesses of the secret with
 * one HMAC each instead of a whole PBKDF2. Keep it secret.
 * @throws ChartsealError `keyring/weak-parameters` for an empty secret, `key/wiped`
 */
export function monthSalt(secret: SecretBytes, month: Month): Uint8Array {
  refuseWeakSecret(secret)
  return legacyMonthSalt(secret, month)
}

/** What `monthSalt` computes, for any secret and any text in the place of the month. */
export function legacyMonthSalt(secret: SecretBytes, month: string): Uint8Array {
  return hmac(sha256, secret.reveal(), encodeUtf8(month)).slice(0, saltBytes)
}

/**
 * The key of a month. The same secret always gives the same key, whatever was destroyed.
 * @throws ChartsealError `keyring/weak-parameters`, `key/wiped`
 */
export async function monthKey(
  secret: SecretBytes,
  month: Month,
  options: DeriveOptions = {},
): Promise<AeadKey> {
  return derive(secret, monthSalt(secret, month), options)
}

export interface KeyRingOptions extends DeriveOptions {
  readonly clock?: Clock
}

/**
 * The month keys of one shared secret. The ring owns the keys that it hands out: they are wiped when
 * their month is destroyed or the ring is wiped, and throw `key/wiped` from then on.
 *
 * Weak by design: a destroyed month is refused by this object only. Whoever holds the secret, another
 * ring included, derives the same key again, so v1 can delete nothing for good.
 */
export class KeyRing {
  readonly #secret: SecretBytes
  readonly #clock: Clock
  readonly #iterations: number
  readonly #keys = new Map<Month, AeadKey>()
  readonly #underWay = new Map<Month, Promise<AeadKey>>()
  readonly #destroyed = new Set<Month>()

  /**
   * Copies the secret; the caller wipes its own.
   * @throws ChartsealError `keyring/weak-parameters`, `key/wiped`
   */
  constructor(secret: SecretBytes, options: KeyRingOptions = {}) {
    refuseWeakSecret(secret)
    this.#iterations = options.iterations ?? defaultIterations
    refuseCount(this.#iterations, minIterations)
    this.#secret = new SecretBytes(secret.reveal())
    this.#clock = options.clock ?? systemClock
  }

  /** The month now, in UTC: the one to seal with. */
  get currentMonth(): Month {
    return monthOf(this.#clock.nowMs())
  }

  /** The months whose keys the ring holds at present, in order. */
  get heldMonths(): readonly Month[] {
    return [...this.#keys.keys()].sort()
  }

  /** The months to try when a message arrives, in order; without the destroyed ones. */
  get monthsForReading(): readonly Month[] {
    return monthsForReading(this.#clock.nowMs()).filter(month => !this.#destroyed.has(month))
  }

  /**
   * The key of a month, derived once. The ring keeps and wipes it.
   * @throws ChartsealError `keyring/month-destroyed`, `key/wiped` when the ring was wiped
   */
  async key(month: Month): Promise<AeadKey> {
    this.#refuseDestroyed(month)
    this.#secret.reveal()
    return this.#keys.get(month) ?? this.#underWay.get(month) ?? this.#derive(month)
  }

  /** The key to seal with now. @throws as {@link KeyRing.key} */
  async keyForSealing(): Promise<AeadKey> {
    return this.key(this.currentMonth)
  }

  /** Wipes the key of a month; this ring gives it out no more. */
  destroy(month: Month): void {
    this.#destroyed.add(month)
    this.#keys.get(month)?.wipe()
    this.#keys.delete(month)
  }

  /** Wipes the secret and every key. Every later use throws `key/wiped`. */
  wipe(): void {
    this.#secret.wipe()
    for (const key of this.#keys.values()) key.wipe()
    this.#keys.clear()
  }

  [Symbol.dispose](): void {
    this.wipe()
  }

  /** Destroys what the seed would have dropped now, by the seed's own rule; see {@link legacyKeptMonths}. */
  legacyDestroyOldKeys(keepMonths: number): void {
    const kept = new Set(legacyKeptMonths(this.heldMonths, this.#clock.nowMs(), keepMonths))
    for (const month of this.heldMonths) if (!kept.has(month)) this.destroy(month)
  }

  async #derive(month: Month): Promise<AeadKey> {
    const derivation = this.#deriveAndKeep(month).finally(() => this.#underWay.delete(month))
    this.#underWay.set(month, derivation)
    return derivation
  }

  // The month may be destroyed, or the ring wiped, while PBKDF2 runs.
  async #deriveAndKeep(month: Month): Promise<AeadKey> {
    const key = await monthKey(this.#secret, month, { iterations: this.#iterations })
    try {
      this.#refuseDestroyed(month)
      this.#secret.reveal()
    } catch (error) {
      key.wipe()
      throw error
    }
    this.#keys.set(month, key)
    return key
  }

  #refuseDestroyed(month: Month): void {
    if (this.#destroyed.has(month)) throw keyringError('keyring/month-destroyed', { month })
  }
}

/**
 * Tries `attempt` with each key that may fit now, the current month's first. `attempt` says "another key,
 * please" by throwing `open/failed`; every other error ends the search.
 * @throws ChartsealError `open/failed` when no key fits, and whatever else `attempt` throws
 */
export async function openWithRing<Opened>(
  ring: KeyRing,
  attempt: (key: AeadKey, month: Month) => Opened | Promise<Opened>,
): Promise<Opened> {
  for (const month of ring.monthsForReading) {
    const key = await ring.key(month)
    try {
      return await attempt(key, month)
    } catch (error) {
      if (!(error instanceof ChartsealError && error.code === 'open/failed')) throw error
    }
  }
  throw coreError('open/failed', {})
}
