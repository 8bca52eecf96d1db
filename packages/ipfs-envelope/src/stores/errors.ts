import { defineErrors, type ErrorFactory } from '@chartseal/core/errors'

/** What goes wrong between here and a node, a gateway or another server, and what is no CAR. */
export interface StoreErrors {
  /** `reason` is the other side's word, shortened. */
  'remote/refused': { operation: string; status: number; reason: string }
  'remote/timeout': { operation: string; timeoutMs: number }
  'remote/unreachable': { operation: string }
  /** Not what the protocol says. */
  'remote/bad-answer': { operation: string; reason: string }
  'remote/forbidden-address': { reason: string }
  'car/invalid': { reason: string }
  /** A root, or a block below it, is not in the CAR. */
  'car/incomplete': { cid: string }
}

export const storeError: ErrorFactory<StoreErrors> = defineErrors<StoreErrors>({
  'remote/refused': 'The other side refused {operation} (status {status}): {reason}.',
  'remote/timeout': 'The other side must answer {operation} within {timeoutMs} ms.',
  'remote/unreachable': 'The other side of {operation} cannot be reached.',
  'remote/bad-answer': 'The answer to {operation} must be as the protocol says: {reason}.',
  'remote/forbidden-address': 'The address must be a public one, over HTTPS: {reason}.',
  'car/invalid': 'The CAR must be well formed: {reason}.',
  'car/incomplete': 'The CAR must have all blocks of {cid}.',
})

/** Refuses an address. */
export function forbidden(reason: string): Error {
  return storeError('remote/forbidden-address', { reason })
}
