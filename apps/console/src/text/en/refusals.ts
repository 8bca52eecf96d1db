/** English: why the ledger took no record. */
export const refusalsEn = {
  'why.units': 'Less is left than was to be dispensed. Look again.',
  'why.slip': 'The ledger gives out only upon the slip itself. Scan it again.',
  'why.expired': 'The prescription has expired.',
  'why.closed': 'The prescription is not open any more, or somebody changed it first. Look again.',
  'why.member':
    'The ledger does not let this device do that, or not yet. After an enrolment that takes a moment; then send again. Otherwise ask the clinic.',
  'why.prescriber': 'Only the key that prescribed it may do that: another device has it.',
  'why.number': 'Another record of this device came first. By this one nothing happened: make a new one.',
  'why.unknown': 'The ledger does not have this prescription. Look again in a moment.',
  'why.finality': 'The prescription is not final enough in this ledger. Wait, and look again.',
  'why.record': 'The ledger cannot read or believe the record. Nothing happened: tell the clinic.',
  'why.roster':
    'This change of who takes part does not fit the roster in force: somebody changed it first, or it says what is not allowed.',
  'why.clock':
    'The clock of the clinic’s server is far from those of the others: nothing is sealed until it is right. Tell the clinic.',
  'why.witnesses':
    'Too few witnesses of the ledger answer: nothing is sealed until they do. Tell the clinic.',
  'why.other': 'The ledger says: {code}.',
} as const
