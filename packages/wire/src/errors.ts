import { defineErrors, type ErrorFactory } from '@chartseal/core/errors'

/** What anyone can see without a key, by the stage at which it is seen. */
export interface MessageErrors {
  'message/malformed': { stage: 'frame' | 'base64' | 'length' | 'part' }
  'message/unsupported': { field: 'version' | 'suite' | 'flags' }
  'message/too-large': { limitBytes: number }
  'message/missing-parts': { missing: readonly number[] }
  'message/conflicting-parts': { parts: readonly number[] }
  /** Positions, from 0, of the texts that belong to another set than the first one. */
  'message/foreign-parts': { positions: readonly number[] }
  /** All parts are there and do not hash to their set id. */
  'message/wrong-set': Record<never, never>
}

export const messageError: ErrorFactory<MessageErrors> = defineErrors<MessageErrors>({
  'message/malformed': 'This is not a message of version 2: its {stage} is wrong.',
  'message/unsupported': 'This {field} of the message format is not known here.',
  'message/too-large': 'The message is larger than {limitBytes} bytes.',
  'message/missing-parts': 'Parts are missing: {missing}. All parts are given together, in any order.',
  'message/conflicting-parts': 'Parts came with different contents: {parts}. Leave out the changed ones.',
  'message/foreign-parts':
    'These texts belong to another message than the first, counted from 0: {positions}. Leave them out.',
  'message/wrong-set': 'The parts do not make the message that they name: one of them was changed.',
})
