import { defineErrors, type ErrorFactory } from '@chartseal/core/errors'

export interface ShareErrors {
  /** No list of this package is here. */
  'share/unknown-package': Record<never, never>
  /** Another change came in between: look at the newest list, and decide again. */
  'share/changed-meanwhile': { seq: bigint; newestSeq: bigint }
}

export const shareError: ErrorFactory<ShareErrors> = defineErrors<ShareErrors>({
  'share/unknown-package': 'No grant list of this package is here.',
  'share/changed-meanwhile':
    'The package was changed meanwhile: the list must be the newest one, {newestSeq}; this one is {seq}.',
})
