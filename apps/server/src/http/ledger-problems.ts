/** What a record is refused with, by the rules of the ledger. Table: docs/spec/clinic-api.md. */
import { codesOf, type Rules } from './problem-rules.js'

const make = 'Make the record as the specification says, and sign it.'
const look = 'Fetch the prescription, and see what came first.'

export const ledgerProblems = {
  'ledger/record': { status: 400, next: make },
  'ledger/claims': { status: 400, next: make },
  'ledger/roster': { status: 400, next: make },
  'ledger/roster-clock': { status: 409, next: make },
  'ledger/roster-number': { status: 409, next: make },
  'ledger/second-roster': {
    status: 409,
    next: 'Wait until the change that waits is sealed, and make the next one from it.',
  },
  'ledger/roster-lockout': { status: 400, next: make },
  'ledger/member-key': { status: 400, next: make },
  'ledger/signature': { status: 400, next: 'Sign the bytes that prepare gives, with the key of the signer.' },
  'ledger/high-s': { status: 400, next: 'Sign with the low s: its twin is another record.' },
  'ledger/quorum': { status: 403, next: 'Let more registrars sign.' },
  'ledger/other-ledger': { status: 400, next: 'Take the id of this ledger from GET /v1/ledger.' },
  'ledger/not-a-member': {
    status: 403,
    next: 'Wait until the roster has this device: about a second after it was enrolled.',
  },
  'ledger/role': { status: 403, next: 'Let somebody sign who has the role.' },
  'ledger/not-the-prescriber': { status: 403, next: 'Let whoever prescribed it do that.' },
  'ledger/seq': { status: 409, next: 'Fetch the number of the next record, and sign anew.' },
  'ledger/seq-pending': {
    status: 409,
    next: 'Wait until the record of this number is sealed, or sign the next number.',
  },
  'ledger/pending-full': { status: 429, next: 'Send the same request again after retry_ms.' },
  'ledger/pending-of-signer': { status: 429, next: 'Send the same request again after retry_ms.' },
  'ledger/no-finality': { status: 409, next: 'Dispense on a ledger that has finality.' },
  'ledger/not-deep-enough': { status: 409, next: 'Wait until more blocks stand on the prescription.' },
  'ledger/unknown-prescription': { status: 404, next: 'Check the txid, and wait until it is sealed.' },
  'ledger/not-open': { status: 409, next: look },
  'ledger/stale-change': { status: 409, next: look },
  'ledger/too-many-units': { status: 409, next: look },
  'ledger/slip-proof': { status: 403, next: 'Scan the slip, and dispense with what is in it.' },
  'ledger/expired': { status: 409, next: 'Ask for a new prescription.' },
} as const satisfies Rules<string>

export type LedgerCode = keyof typeof ledgerProblems

export const ledgerCodes: readonly LedgerCode[] = codesOf(ledgerProblems)
