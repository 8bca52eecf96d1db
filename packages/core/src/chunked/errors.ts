import { defineErrors, type ErrorFactory } from '../errors.js'

/** What the length alone tells. A wrong key, another context or a changed message is core's `open/failed`. */
export interface ChunkedErrors {
  /** The end is missing: no length that a whole message has. */
  'chunked/truncated': { stage: 'header' | 'last chunk' | 'range' }
  /** More than 2^38 chunks, which no message has. */
  'chunked/too-long': Record<never, never>
}

export const chunkedError: ErrorFactory<ChunkedErrors> = defineErrors<ChunkedErrors>({
  'chunked/truncated': 'The encrypted data ends too early ({stage}).',
  'chunked/too-long': 'The encrypted data has more than 2^38 chunks.',
})
