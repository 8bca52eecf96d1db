import { defineErrors, type ErrorFactory } from '@chartseal/core/errors'

/** What this package refuses. */
export interface SessionErrors {
  /** Not one of the groups of RFC 7919 that this package has. */
  'session/unknown-group': { name: string }
  /** Outside 1 < y < p - 1, or not in the subgroup of prime order. */
  'session/bad-public-key': { group: string }
  /** A component outside the group, which no honest encryption gives. */
  'session/bad-ciphertext': { group: string }
  /** A value that has no inverse under these (legacy) parameters. */
  'session/not-invertible': { value: string }
  /** A key file whose parts do not belong together. */
  'session/bad-key': { reason: string }
}

export const sessionError: ErrorFactory<SessionErrors> = defineErrors<SessionErrors>({
  'session/unknown-group': 'The group {name} is not supported.',
  'session/bad-public-key': 'The public key must be an element of prime order of {group}.',
  'session/bad-ciphertext': 'The ciphertext must be made of elements of {group}.',
  'session/not-invertible': '{value} has no inverse under these parameters.',
  'session/bad-key': 'The key cannot be used: {reason}.',
})
