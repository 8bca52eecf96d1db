import { defineErrors, type ErrorFactory } from '@chartseal/core/errors'

/** Texts of recipients and identities. What is secret in them never stands in a context. */
export interface RecipientErrors {
  'recipient/bad-text': { reason: string }
  'recipient/bad-identity-text': { reason: string }
}

export const recipientError: ErrorFactory<RecipientErrors> = defineErrors<RecipientErrors>({
  'recipient/bad-text': 'The recipient must be a text that begins with csrec1: {reason}.',
  'recipient/bad-identity-text': 'The identity must be a text that begins with csid1: {reason}.',
})
