import { coreError } from '@chartseal/core/errors'
import type { AeadKey } from '@chartseal/core/keys'
import type { Identity, KeyHolder } from '../recipients/recipient.js'
import { grantInfo, hintOf } from './binding.js'
import { grantError } from './errors.js'
import { entriesUnder } from './groups.js'
import type { GrantList, GrantTerms } from './list.js'
import { checkPin, type GrantPin } from './pin.js'

export interface OpenGrantOptions {
  /** What the reader knows of the package; the owner at least. */
  readonly pin: GrantPin
  /** The reader's clock: who turns it back opens after the end. */
  readonly nowMs: number
}

/**
 * The content key of the list's version, which the caller wipes. Keep `advancePin(pin, list)` durably before showing
 * what it opens.
 * @throws ChartsealError as {@link checkPin}, `grants/not-yet`, `grants/expired`; `open/failed` when no entry is for
 * this identity, or the one that is was changed
 */
export async function openGrant(
  list: GrantList,
  identity: Identity,
  { pin, nowMs }: OpenGrantOptions,
): Promise<AeadKey> {
  checkPin(pin, list)
  requireInTime(list, nowMs)
  return unwrapFor(list, identity)
}

/** The content key, whatever the time and the pin say: for the owner. @throws ChartsealError `open/failed` */
export async function unwrapFor(list: GrantList, identity: Identity): Promise<AeadKey> {
  const info = grantInfo(list)
  for (const { enc, ct } of entriesUnder(list.recipients, identity.kem, hintOf(info, identity))) {
    const key = await identity.unwrap(info, { enc, ct })
    if (key !== null) return key
  }
  throw coreError('open/failed', {})
}

/** @throws ChartsealError `grants/not-yet`, `grants/expired` */
export function requireInTime({ notBeforeMs, notAfterMs }: GrantTerms, nowMs: number): void {
  if (notBeforeMs !== null && nowMs < notBeforeMs) throw grantError('grants/not-yet', { notBeforeMs })
  if (notAfterMs !== null && nowMs > notAfterMs) throw grantError('grants/expired', { notAfterMs })
}

/**
 * Whether this key is among the recipients, by its hint. Wrong with a chance of one in 2^32 for each entry, and then
 * always that it is.
 */
export function isGranted(list: GrantList, holder: KeyHolder & Pick<Identity, 'kem'>): boolean {
  const hint = hintOf(grantInfo(list), holder)
  return !entriesUnder(list.recipients, holder.kem, hint).next().done
}
