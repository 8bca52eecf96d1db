import { defineErrors, type ErrorFactory } from '@chartseal/core/errors'

/** What a relay refuses. */
export interface RelayErrors {
  'conference/bad-link': { reason: 'type' | 'length' | 'field' }
  /** The log of a conference has all that it takes. */
  'conference/log-full': { limitBytes: number }
}

export const relayError: ErrorFactory<RelayErrors> = defineErrors<RelayErrors>({
  'conference/bad-link': 'The message must be one of the host link: its {reason} is not.',
  'conference/log-full': 'The frames of a conference must have at most {limitBytes} bytes together.',
})
