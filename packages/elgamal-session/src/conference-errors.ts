import { defineErrors, type ErrorFactory } from '@chartseal/core/errors'

/** What the conference of version 2 refuses. */
export interface ConferenceErrors {
  /** Bytes that are no frame of this protocol. */
  'conference/bad-frame': { reason: string }
  /** A frame above its limit, of which nothing was read. */
  'conference/frame-too-large': { sizeBytes: number; limitBytes: number }
  /** A frame of a session whose number is not above those that came before: a repetition. */
  'conference/out-of-order': { sequence: bigint; last: bigint }
}

export const conferenceError: ErrorFactory<ConferenceErrors> = defineErrors<ConferenceErrors>({
  'conference/bad-frame': 'The frame is not one of this protocol: {reason}.',
  'conference/frame-too-large': 'A frame must have at most {limitBytes} bytes; this one has {sizeBytes}.',
  'conference/out-of-order': 'The frame {sequence} comes after {last}: it was sent again, or held back.',
})
