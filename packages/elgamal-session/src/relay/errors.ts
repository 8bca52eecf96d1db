import { defineErrors, type ErrorFactory } from '@chartseal/core/errors'

/** What is refused of a message between the core and its relay. */
export interface LinkErrors {
  'conference/bad-link': { reason: 'type' | 'length' | 'field' }
}

export const linkError: ErrorFactory<LinkErrors> = defineErrors<LinkErrors>({
  'conference/bad-link': 'The message must be one of the host link: its {reason} is not.',
})
