import { defineErrors, type ErrorFactory } from '@chartseal/core/errors'

/** What SLIP-0039 mnemonics are refused with; `index` counts the mnemonics from 0. */
export interface Slip39Errors {
  'slip39/invalid-mnemonic': { index: number; reason: string }
  /** Another split, or other parameters, than the first mnemonic. */
  'slip39/mixed-sets': { index: number }
  'slip39/duplicate-index': { group: number; member: number }
  /** Not exactly as many groups as the threshold asks for. */
  'slip39/wrong-groups': { have: number; need: number }
  /** Not exactly as many mnemonics of this group as its threshold asks for. */
  'slip39/wrong-members': { group: number; have: number; need: number }
  /** The shares do not belong together. A wrong passphrase goes unnoticed. */
  'slip39/bad-digest': Record<never, never>
  /** Deriving the key would take longer than allowed. */
  'slip39/too-slow': { exponent: number; most: number }
}

export const slip39Error: ErrorFactory<Slip39Errors> = defineErrors<Slip39Errors>({
  'slip39/invalid-mnemonic': 'Mnemonic {index} is not valid: {reason}.',
  'slip39/mixed-sets': 'Mnemonic {index} belongs to another set.',
  'slip39/duplicate-index': 'Member {member} of group {group} was given twice.',
  'slip39/wrong-groups': 'Exactly {need} groups are needed, {have} are here.',
  'slip39/wrong-members': 'Exactly {need} mnemonics of group {group} are needed, {have} are here.',
  'slip39/bad-digest': 'The mnemonics do not belong together.',
  'slip39/too-slow': 'The iteration exponent {exponent} is above the limit of {most}.',
})
