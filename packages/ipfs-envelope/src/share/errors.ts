import { defineErrors, type ErrorFactory } from '@chartseal/core/errors'

export interface ShareErrors {
  /** No list of this package is here. */
  'share/unknown-package': Record<never, never>
  /** Another change came in between: look at the newest list, and decide again. */
  'share/changed-meanwhile': { seq: bigint; newestSeq: bigint }
  /** Nobody could open the record any more, and nobody could grant it to anybody. To end it is for `shred`. */
  'share/nobody-opens': Record<never, never>
  /** The owner could not open the record any more: not among the recipients, or their key was wrapped in another way. */
  'share/owner-left-out': Record<never, never>
}

export const shareError: ErrorFactory<ShareErrors> = defineErrors<ShareErrors>({
  'share/unknown-package': 'No grant list of this package is here.',
  'share/changed-meanwhile':
    'The package was changed meanwhile: the list must be the newest one, {newestSeq}; this one is {seq}.',
  'share/nobody-opens': 'The list must open for somebody: nobody could read the record or grant it any more.',
  'share/owner-left-out':
    "The list must open for the owner: one of the recipients must be the owner's own, and wrap the key of the record.",
})
