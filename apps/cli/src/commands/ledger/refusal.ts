/** Why the ledger takes no record, or seals nothing, in words; codes stay in the answer of `--json`. */
import { type RefusalReason, refusalReason } from '@chartseal/clinic/prescriptions'

const words: { readonly [reason in RefusalReason]: string } = {
  units: 'less is left than was to be dispensed; look the slip up again',
  slip: 'the ledger gives out only upon the slip itself; read it again',
  expired: 'the prescription has expired',
  closed: 'the prescription is not open any more, or somebody changed it first; look it up again',
  member: 'the roster of the ledger does not let this key do that, or not yet; ask the clinic',
  prescriber: 'only whoever prescribed it may do that',
  number: 'another record of this key came first; by this one nothing happened, so sign anew',
  unknown: 'the ledger does not have this prescription',
  finality: 'the prescription is not final enough there; wait, or name the depth that counts',
  record: 'the ledger cannot read or believe it; nothing happened',
  roster:
    'it does not fit the roster in force, or not enough registrars signed it; look at the roster, and propose it anew',
  clock: 'the clock of the server is far from those of the others; nothing is sealed until it is right',
  witnesses: 'too few witnesses answer; nothing is sealed until they do',
  other: 'it gives no reason that is known here',
}

export const refusalWords = (code: string): string => words[refusalReason(code)]
