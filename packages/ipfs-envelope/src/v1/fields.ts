/** What TypeScript refuses, refused at run time as well: the caller's mistake, with the name of the field. */
import { requireBytes, requireList, requireText } from '@chartseal/core/arguments'
import type { EnvelopePackage } from './package.js'

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
