/** The prescription ledger, version 2: docs/spec/ledger-v2.md. Version 1 is `/v1`. */
export {
  type CancelClaims,
  type Change,
  type Claims,
  type DispenseClaims,
  decodeClaims,
  encodeClaims,
  type Order,
  type PrescribeClaims,
  type RecordKind,
  type ReplaceClaims,
  type RosterClaims,
  signedBytesOf,
  txidOf,
} from './v2/claims.js'
export { type CommitmentKind, type Committed, commit, commitsTo } from './v2/commitment.js'
export { type RecordErrors, recordError } from './v2/errors.js'
export {
  decodeGenesis,
  encodeGenesis,
  type Genesis,
  type LegacyTip,
  ledgerIdOf,
  type PoaRule,
  type PowRule,
  type SealRule,
  type TlogRule,
} from './v2/genesis.js'
export { isMemberKey, keyIdOf, type MemberKey, memberOf, type NewMember, verifySignature } from './v2/member.js'
export {
  attach,
  type Content,
  ed25519Signer,
  type Preparation,
  type Prepared,
  prepare,
  type RecordSigner,
  signWith,
} from './v2/prepare.js'
export {
  decodeRecord,
  encodeRecord,
  type LedgerRecord,
  type RecordSignature,
  recordOf,
  wtxidOf,
} from './v2/record.js'
export {
  checkRoster,
  decodeRoster,
  encodeRoster,
  findMember,
  isInForce,
  type Member,
  type MemberRole,
  memberAt,
  membersWith,
  type Roster,
  type SigningAlgorithm,
  sortedMembers,
} from './v2/roster.js'
export { rolesFor, signersOf, verifyRecordSignatures } from './v2/signatures.js'
export { type Language, shortId } from './v2/signed-text.js'
