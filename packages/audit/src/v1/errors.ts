import { defineErrors, type ErrorFactory } from '@chartseal/core/errors'

/** What anyone can see without a key. A wrong key or a changed record is core's `open/failed`. */
export interface AuditErrors {
  'audit/not-base64': Record<never, never>
  'audit/too-short': { minimumBytes: number; actualBytes: number }
}

export const auditError: ErrorFactory<AuditErrors> = defineErrors<AuditErrors>({
  'audit/not-base64': 'The record is not canonical base64.',
  'audit/too-short': 'The record has {actualBytes} bytes, fewer than the {minimumBytes} of nonce and tag.',
})
