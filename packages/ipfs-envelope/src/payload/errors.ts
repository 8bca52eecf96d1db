import { defineErrors, type ErrorFactory } from '@chartseal/core/errors'

/** What is decided with the content key is core's `open/failed`; a cut stream is `chunked/truncated`. */
export interface PayloadErrors {
  /** The size that a store reports is not that of this payload: it was cut, or is another one. */
  'payload/wrong-size': { sealedBytes: number }
}

export const payloadError: ErrorFactory<PayloadErrors> = defineErrors<PayloadErrors>({
  'payload/wrong-size': 'The payload must be as long as its header says; this one has {sealedBytes} bytes.',
})
