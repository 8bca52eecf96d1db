import { defineErrors, type ErrorFactory } from '@chartseal/core/errors'

/** What anyone can see without a key. A wrong key or a changed message is core's `open/failed`. */
export interface WireErrors {
  'wire/not-bracketed': Record<never, never>
  'wire/field-count': { expected: number; actual: number }
  'wire/unknown-prefix': Record<never, never>
  'wire/unsupported-version': Record<never, never>
  'wire/not-base64': { field: string }
  'wire/field-length': { field: string; expectedBytes: number; actualBytes: number }
  'wire/bad-patient-id': { reason: 'empty' | 'not UTF-8' }
  'wire/other-patient': Record<never, never>
}

export const wireError: ErrorFactory<WireErrors> = defineErrors<WireErrors>({
  'wire/not-bracketed': 'A message starts with [ and ends with ].',
  'wire/field-count': 'A message has {expected} fields between colons, not {actual}.',
  'wire/unknown-prefix': 'The first field is not MEDCRYPT.',
  'wire/unsupported-version': 'This version of the message format is not known here.',
  'wire/not-base64': 'The {field} is not canonical base64.',
  'wire/field-length': 'The {field} has {actualBytes} bytes, not {expectedBytes}.',
  'wire/bad-patient-id': 'The patient id is {reason}.',
  'wire/other-patient': 'The message names another patient than the expected one.',
})
