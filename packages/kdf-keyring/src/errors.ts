import { defineErrors, type ErrorFactory } from '@chartseal/core/errors'

/** What this package refuses. A key that was wiped is core's `key/wiped`. */
export interface KeyringErrors {
  /** An empty secret or salt, or an iteration count outside the limits. */
  'keyring/weak-parameters': { parameter: 'secret' | 'salt' | 'iterations'; reason: string }
  /** Not `YYYY-MM` with a month from 01 to 12. */
  'keyring/bad-month': Record<never, never>
  /** This ring gave the month up. */
  'keyring/month-destroyed': { month: string }
}

export const keyringError: ErrorFactory<KeyringErrors> = defineErrors<KeyringErrors>({
  'keyring/weak-parameters': 'The {parameter} cannot be used: {reason}.',
  'keyring/bad-month': 'A month is written YYYY-MM, with a month from 01 to 12.',
  'keyring/month-destroyed': 'This ring destroyed its key of {month}.',
})
