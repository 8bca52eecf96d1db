import { defineErrors, type ErrorFactory } from '@chartseal/core/errors'

export interface CapabilityErrors {
  /** Never says what the text holds: it may be a secret. */
  'capability/malformed': { kind: string; reason: string }
  /** The grant list is not about the payload that the capability names. */
  'capability/other-payload': Record<never, never>
}

export const capabilityError: ErrorFactory<CapabilityErrors> = defineErrors<CapabilityErrors>({
  'capability/malformed': 'Not a capability to {kind}: {reason}.',
  'capability/other-payload': 'The capability must be for the payload that the grant list names.',
})
