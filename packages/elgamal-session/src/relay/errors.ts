import { defineErrors, type ErrorFactory } from '@chartseal/core/errors'

/** What a relay refuses. */
export interface RelayErrors {
  'conference/bad-link': { reason: 'type' | 'length' | 'field' }
  /** The log of a conference has all that it takes. */
  'conference/log-full': { limitBytes: number }
  /** The frames of a log are not numbered without gaps. */
  'conference/log-damaged': { path: string }
}

export const relayError: ErrorFactory<RelayErrors> = defineErrors<RelayErrors>({
  'conference/bad-link': 'The message must be one of the host link: its {reason} is not.',
  'conference/log-full': 'The frames of a conference must have at most {limitBytes} bytes together.',
  'conference/log-damaged': 'The frames in {path} must be numbered without gaps.',
})
