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
  /**
   * What the reader opens it for, an HL7 v3 PurposeOfUse code: refused unless the list names it or none. Nobody is asked
   * when it is left out, and nobody can check what a reader says.
   */
  readonly purpose?: string
}

/**
 * The content key of the list's version, which the caller wipes. Keep `advancePin(pin, list)` durably before showing
 * what it opens.
 * @throws ChartsealError as {@link checkPin}, `grants/not-yet`, `grants/expired`, `grants/other-purpose`; `open/failed`
 * when no entry is for this identity, or the one that is was changed
 */
export async function openGrant(
  list: GrantList,
  identity: Identity,
  { pin, nowMs, purpose }: OpenGrantOptions,
): Promise<AeadKey> {
  checkPin(pin, list)
  requireInTime(list, nowMs)
  if (purpose !== undefined) requirePurpose(list, purpose)
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
function requireInTime({ notBeforeMs, notAfterMs }: GrantTerms, nowMs: number): void {
  if (notBeforeMs !== null && nowMs < notBeforeMs) throw grantError('grants/not-yet', { notBeforeMs })
  if (notAfterMs !== null && nowMs > notAfterMs) throw grantError('grants/expired', { notAfterMs })
}

/** Codes are compared as they are: that a treatment in an emergency is a treatment is for who asks. @throws ChartsealError `grants/other-purpose` */
function requirePurpose({ purposes }: Pick<GrantTerms, 'purposes'>, purpose: string): void {
  if (purposes.length > 0 && !purposes.includes(purpose))
    throw grantError('grants/other-purpose', { purpose })
}

/** Whether this key is among the recipients, by its hint of 128 bits: nobody can make a key that is taken for another. */
export function isGranted(list: GrantList, holder: KeyHolder & Pick<Identity, 'kem'>): boolean {
  const hint = hintOf(grantInfo(list), holder)
  return !entriesUnder(list.recipients, holder.kem, hint).next().done
}
