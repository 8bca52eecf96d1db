import { defineErrors, type ErrorFactory } from '@chartseal/core/errors'

/** What this package refuses. A key that was wiped is core's `key/wiped`. */
export interface KeyringErrors {
  /** An empty secret or salt, or an iteration count outside the limits. */
  'keyring/weak-parameters': { parameter: 'secret' | 'salt' | 'iterations'; reason: string }
  /** Not `YYYY-MM` with a month from 01 to 12. */
  'keyring/bad-month': Record<never, never>
  /** This ring gave the month up. */
  'keyring/month-destroyed': { month: string }
  /** The clock moved further than a ring follows unasked; nothing was wiped. A person may confirm it. */
  'keyring/clock-jump': { how: ClockJump; by: string }
  /** A time that no confirmation makes usable. */
  'keyring/bad-clock': { reason: string }
  /** The ring, or the pairing code, belongs to a later month than the one after the clock's. */
  'keyring/ahead-of-clock': { months: number }
  /** Rotated a second time before the next month began. */
  'keyring/rotated': Record<never, never>
  /** Only the keys of an ended month can be shredded. */
  'keyring/not-ended': { month: string }
  /** One key has sealed, or lived, as much as its budget allows. */
  'keyring/budget-spent': { of: 'messages' | 'bytes' | 'ageMs'; limit: number }
  /** The key lies before what the ring still has, after what it has yet, or belongs to no key of it. */
  'keyring/no-such-key': { where: MissingKey; why: string }
  /** Bytes that are not the state of a ring. */
  'keyring/bad-state': { reason: string }
  /** Not a PHC string as it is written here, or parameters that are too weak or absurdly heavy. */
  'keyring/bad-phc': { reason: string }
  /** This machine has no Argon2, and the passphrase needs it. */
  'keyring/no-argon2': Record<never, never>
  /** Not an export. */
  'keyring/bad-export': { reason: string }
  /** The export was made by the other role. */
  'keyring/other-role': { role: string }
  /** Another device of this side has this number. */
  'keyring/device-taken': { device: number; free: number }
  /** All 32 device numbers of this side are given out. */
  'keyring/no-device-left': Record<never, never>
  /** A person's name that the other side would refuse. */
  'keyring/bad-name': { reason: string }
  /** A pairing message that breaks the format, or names keys that cannot be used. */
  'keyring/pairing-invalid': { reason: string }
  /** A pairing message of another version. */
  'keyring/pairing-version': { version: number }
  /** The QR is older than it allows. */
  'keyring/pairing-expired': Record<never, never>
  /** Two different answers came to one QR, or it was used already: start again. */
  'keyring/pairing-void': Record<never, never>
  /** The answer belongs to another QR, or the nonce or a signature is not the one of this pairing. */
  'keyring/pairing-mismatch': { of: 'payload' | 'nonce' | 'signature' }
}

export type ClockJump =
  | 'went forwards'
  | 'went backwards'
  | 'is behind the other device'
  | 'is ahead of the other device'

export type MissingKey = 'before' | 'after' | 'outside'

export const keyringError: ErrorFactory<KeyringErrors> = defineErrors<KeyringErrors>({
  'keyring/weak-parameters': 'The {parameter} cannot be used: {reason}.',
  'keyring/bad-month': 'A month is written YYYY-MM, with a month from 01 to 12.',
  'keyring/month-destroyed': 'This ring destroyed its key of {month}.',
  'keyring/clock-jump': 'The clock {how} by {by}. Set it right, or confirm that it is right.',
  'keyring/bad-clock': 'The clock cannot be used: {reason}.',
  'keyring/ahead-of-clock':
    'The keys are {months} months ahead of the clock. Set the clock right; if it is right, pair again.',
  'keyring/rotated': 'This ring is one month ahead of the clock already, as far as the other side reads.',
  'keyring/not-ended': '{month} has not ended in this ring. Rotate first.',
  'keyring/budget-spent': 'This key has reached its limit of {limit} ({of}). Rotate the ring.',
  'keyring/no-such-key': '{why}',
  'keyring/bad-state': 'Not the state of a ring: {reason}',
  'keyring/bad-phc': 'The parameters of the passphrase cannot be used: {reason}.',
  'keyring/no-argon2': 'Argon2 is not available here (it needs WebAssembly), and this passphrase needs it.',
  'keyring/bad-export': 'Not an export of a ring: {reason}',
  'keyring/other-role': 'This export was made by the {role}: only the {role} opens it.',
  'keyring/device-taken': 'Device number {device} is taken. Numbers from {free} on are free.',
  'keyring/no-device-left': 'All 32 device numbers of this side are taken. Pair again.',
  'keyring/bad-name': 'This name cannot be used: {reason}.',
  'keyring/pairing-invalid': 'Not a valid pairing message: {reason}',
  'keyring/pairing-version':
    'This pairing message has version {version}; this program pairs with version 3. Update the older device.',
  'keyring/pairing-expired': 'The pairing code has expired. Show a new one.',
  'keyring/pairing-void': 'This pairing is void. Show a new code.',
  'keyring/pairing-mismatch': 'The {of} is not the one of this pairing.',
})
