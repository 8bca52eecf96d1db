/** Who signed a record, and whether they might: docs/spec/ledger-v2.md, "Signatures". */
import { encodeHex } from '@chartseal/core/encoding'
import { ledgerError } from '../errors.js'
import { type RecordKind, signedBytesOf } from './claims.js'
import { recordError } from './errors-records.js'
import { hasHighS } from './low-s.js'
import { verifySignature } from './member.js'
import type { LedgerRecord, RecordSignature } from './record.js'
import { type Member, type MemberRole, memberAt, type Roster } from './roster.js'

/** One of these roles signs a record of this kind. Of whom a registrar cancels, the state judges. */
const rolesFor: { readonly [kind in RecordKind]: readonly MemberRole[] } = {
  prescribe: ['prescriber'],
  cancel: ['prescriber', 'registrar'],
  replace: ['prescriber'],
  dispense: ['dispenser'],
  roster: ['registrar'],
}

/**
 * Every signature is of a member in force with the role that the record needs, and verifies; a roster has those of a
 * quorum.
 * @param roster the one in force: of the state before the block
 * @param height of the block that has the record
 * @throws ChartsealError `ledger/not-a-member`, `ledger/role`, `ledger/quorum`, `ledger/high-s`, `ledger/signature`
 */
export function verifyRecordSignatures(record: LedgerRecord, roster: Roster, height: bigint): void {
  const members = signersOf(record, roster, height)
  const message = signedBytesOf(record.claimsBytes)
  for (const [i, member] of members.entries()) requireSignature(member, message, record.signatures[i])
}

/** The cheap half: everything but the signatures. @throws ChartsealError `ledger/not-a-member`, `ledger/role`, `ledger/quorum` */
export function signersOf(
  { claims, signatures }: Pick<LedgerRecord, 'claims' | 'signatures'>,
  roster: Roster,
  height: bigint,
): readonly Member[] {
  const members = signatures.map(({ kid }) => requireMember(roster, kid, claims.kind, height))
  if (claims.kind === 'roster' && members.length < roster.quorum)
    throw recordError('ledger/quorum', { expected: roster.quorum, actual: members.length })
  return members
}

function requireMember(roster: Roster, kid: Uint8Array, kind: RecordKind, height: bigint): Member {
  const member = memberAt(roster, kid, height)
  if (member === null) throw recordError('ledger/not-a-member', { kid: encodeHex(kid), height })
  const roles = rolesFor[kind]
  if (!roles.some(role => member.roles.includes(role)))
    throw recordError('ledger/role', { role: roles.join(' or ') })
  return member
}

function requireSignature(member: Member, message: Uint8Array, signed: RecordSignature | undefined): void {
  if (signed !== undefined && verifySignature(member, message, signed.signature)) return
  const isHigh = member.algorithm === 'ES256K' && signed !== undefined && hasHighS(signed.signature)
  throw ledgerError(isHigh ? 'ledger/high-s' : 'ledger/signature', {})
}
