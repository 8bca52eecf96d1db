import { defineErrors, type ErrorFactory } from '@chartseal/core/errors'

/** A file that does not open is core's `open/failed`. */
export interface AgeErrors {
  'age/bad-recipient': { position: number }
  /** The text is secret and stands nowhere. */
  'age/bad-identity': { position: number }
  /** One X25519 recipient would undo what the others are hybrid for. */
  'age/mixed-recipients': Record<never, never>
}

export const ageError: ErrorFactory<AgeErrors> = defineErrors<AgeErrors>({
  'age/bad-recipient': 'Recipient {position} must be a text that begins with age1 or age1pq1.',
  'age/bad-identity':
    'Identity {position} must be a text that begins with AGE-SECRET-KEY-1 or AGE-SECRET-KEY-PQ-1.',
  'age/mixed-recipients':
    'Recipients must be either all hybrid (age1pq1…) or none: a file is as weak as its weakest recipient.',
})
