import { defineErrors, type ErrorFactory } from '@chartseal/core/errors'

/** What this package refuses. A key that was wiped is core's `key/wiped`. */
export interface KeyringErrors {
  /** An empty secret or salt, or an iteration count outside the limits. */
  'keyring/weak-parameters': { parameter: 'secret' | 'salt' | 'iterations'; reason: string }
  /** Not `YYYY-MM` with a month from 01 to 12. */
  'keyring/bad-month': Record<never, never>
  /** This ring gave the month up. */
  'keyring/month-destroyed': { month: string }
  /** The clock moved by more than two epochs, or backwards; nothing was wiped. */
  'keyring/clock-jump': { direction: 'forwards' | 'backwards'; epochs: number }
  /** One key has sealed, or lived, as much as its budget allows. */
  'keyring/budget-spent': { of: 'messages' | 'bytes' | 'ageMs'; limit: number }
  /** The key lies before what the ring still has, after what it has yet, or belongs to no key of it. */
  'keyring/no-such-key': { where: 'before' | 'after' | 'outside' }
  /** Bytes that are no ring. */
  'keyring/bad-state': { reason: string }
  /** Not a PHC string as it is written here, or parameters that are too weak or absurdly heavy. */
  'keyring/bad-phc': { reason: string }
  /** This machine has no Argon2, and the export needs it. */
  'keyring/no-argon2': Record<never, never>
  /** Not an export. */
  'keyring/bad-export': { reason: string }
  /** A pairing message that breaks the format, or names keys that cannot be used. */
  'keyring/pairing-invalid': { reason: string }
  /** The QR is older than it allows. */
  'keyring/pairing-expired': Record<never, never>
  /** Two different answers came to one QR, or the numbers differed: start again. */
  'keyring/pairing-void': Record<never, never>
  /** The answer belongs to another QR, or the nonce is not the one that the QR committed to. */
  'keyring/pairing-mismatch': { of: 'payload' | 'nonce' }
}

export const keyringError: ErrorFactory<KeyringErrors> = defineErrors<KeyringErrors>({
  'keyring/weak-parameters': 'The {parameter} cannot be used: {reason}.',
  'keyring/bad-month': 'A month is written YYYY-MM, with a month from 01 to 12.',
  'keyring/month-destroyed': 'This ring destroyed its key of {month}.',
  'keyring/clock-jump': 'The clock went {direction} by {epochs} months. Confirm that it is right.',
  'keyring/budget-spent': 'The key has used up its budget of {limit} ({of}).',
  'keyring/no-such-key': 'The key of this message lies {where} the keys of this ring.',
  'keyring/bad-state': 'Not the state of a ring: {reason}',
  'keyring/bad-phc': 'The parameters of the passphrase cannot be used: {reason}.',
  'keyring/no-argon2': 'Argon2 is not available here, and this export needs it.',
  'keyring/bad-export': 'Not an export of a ring: {reason}',
  'keyring/pairing-invalid': 'Not a pairing message that can be used: {reason}',
  'keyring/pairing-expired': 'The pairing code has expired. Show a new one.',
  'keyring/pairing-void': 'This pairing is void. Show a new code.',
  'keyring/pairing-mismatch': 'The {of} is not the one of this pairing.',
})
