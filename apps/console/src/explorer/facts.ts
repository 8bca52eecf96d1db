/** What this page itself checks of a block and of its records. */
import { equal } from '@chartseal/core/bytes'
import {
  type Block,
  findMember,
  type LedgerRecord,
  type Member,
  type Roster,
  recordsRoot,
  signedBytesOf,
  verifySignature,
} from '@chartseal/emr-ledger'

export interface CheckedRecord {
  readonly record: LedgerRecord
  /** Whoever signed it, as far as the roster that is known here has them. */
  readonly signer: Member | null
  /** `unknown`: there is somebody whose key is not known here. */
  readonly signature: 'right' | 'wrong' | 'unknown'
}

export interface CheckedBlock {
  readonly block: Block
  /** Whether its records are those that its header stands for. */
  readonly hasItsRecords: boolean
  readonly records: readonly CheckedRecord[]
}

export function checkedBlock(block: Block, roster: Roster): CheckedBlock {
  return {
    block,
    hasItsRecords: equal(recordsRoot(block.records), block.header.recordsRoot),
    records: block.records.map(record => checkedRecord(record, roster)),
  }
}

export function checkedRecord(record: LedgerRecord, roster: Roster): CheckedRecord {
  const bytes = signedBytesOf(record.claimsBytes)
  const verdicts = record.signatures.map(({ kid, signature }) => {
    const member = findMember(roster, kid)
    return member === null ? 'unknown' : verifySignature(member, bytes, signature) ? 'right' : 'wrong'
  })
  const signature = verdicts.includes('wrong') ? 'wrong' : verdicts.includes('unknown') ? 'unknown' : 'right'
  return { record, signer: findMember(roster, record.claims.signer), signature }
}
