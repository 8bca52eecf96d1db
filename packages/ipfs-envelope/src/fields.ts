/** What TypeScript refuses, refused at run time as well: the caller's mistake, with the name of the field. */
import { requireBytes, requireList, requireText } from '@chartseal/core/arguments'
import type { EnvelopePackage } from './v1/package.js'

/** @throws TypeError */
export function requirePackage({ cid, nonce, encKeys }: EnvelopePackage): void {
  requireText('cid', cid)
  requireBytes('nonce', nonce)
  requireList('encKeys', encKeys)
  for (const { recipientId, wrapped } of encKeys) {
    requireText('recipientId', recipientId)
    requireBytes('wrapped', wrapped)
  }
}

/** @throws RangeError unless 0 <= from <= to, both safe integers */
export function requireOrder(from: number, to: number): void {
  const inOrder = Number.isSafeInteger(from) && Number.isSafeInteger(to) && from >= 0 && from <= to
  if (!inOrder) throw new RangeError('from and to must be safe integers with 0 <= from <= to')
}
