/** The prescription ledger, version 2: docs/spec/ledger-v2.md. Version 1 is `/v1`. */

export type { FoundNonce, NonceOptions } from './mining/find.js'
export { Miner, type MinerOptions } from './mining/miner.js'
export type { Puzzle } from './mining/puzzle.js'
export * from './node/index.js'
export {
  type Applied,
  type ApplyContext,
  applyBlock,
  applyRecords,
  checkLink,
  type StateChange,
} from './v2/apply.js'
export {
  type Block,
  blockOf,
  decodeBlock,
  encodeBlock,
  maxBlockBytes,
  maxBlockRecords,
  recordProof,
  recordsRoot,
  verifyRecordProof,
} from './v2/block.js'
export {
  type CancelClaims,
  type Change,
  type Claims,
  type DispenseClaims,
  decodeClaims,
  dispenseSaltBytes,
  encodeClaims,
  maxRosterClaimsBytes,
  type Order,
  type PrescribeClaims,
  type RecordKind,
  type ReplaceClaims,
  type RosterClaims,
  signedBytesOf,
  txidOf,
} from './v2/claims.js'
export { type CommitmentKind, type Committed, commit, commitsTo } from './v2/commitment.js'
export {
  type BlockDraft,
  type DraftRequest,
  draftBlock,
  genesisBlock,
  type RefusedRecord,
} from './v2/draft.js'
export {
  type BlockErrors,
  blockError,
  type LightErrors,
  lightError,
  type RecordErrors,
  type RuleErrors,
  recordError,
  ruleError,
  type SealErrors,
  sealError,
  type TreeErrors,
  treeError,
} from './v2/errors.js'
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
export {
  type ClockReset,
  decodeHeader,
  encodeHeader,
  type Header,
  headerOf,
  medianTimeHeaders,
  medianTimePast,
  type ReadHeader,
} from './v2/header.js'
export { genesisState, LedgerState, type StatePlace } from './v2/ledger-state.js'
export * from './v2/light/index.js'
export {
  isMemberKey,
  keyIdOf,
  type MemberKey,
  memberOf,
  type NewMember,
  verifySignature,
} from './v2/member.js'
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
export type { Outcome } from './v2/rules.js'
export type {
  ChainWeight,
  Finality,
  SealAct,
  SealBase,
  SealDraft,
  SealedHeader,
  SealJudge,
  SealKeeper,
  SealMemory,
  SealNews,
  SealNotes,
  SealTurn,
} from './v2/seal.js'
export {
  type CheckedFinality,
  checkFinality,
  decodeTrust,
  encodeTrust,
  type FinalityTrust,
  firstTrust,
  followFinality,
  type KnownLedger,
} from './v2/seals/finality.js'
export { headerLeaves, headerLog } from './v2/seals/header-log.js'
export { type OpenSealOptions, openSeal, type SealTools, sealJudge } from './v2/seals/open.js'
export { checkOffence, type Offence } from './v2/seals/poa-offence.js'
export { leaderOf, quorumOf, type Sealer, type SealerSet, sealersAt } from './v2/seals/poa-sealers.js'
export { nextDifficulty, type WorkStep } from './v2/seals/retarget.js'
export type { HeaderLog } from './v2/seals/tlog-keeper.js'
export { signersOf, verifyRecordSignatures } from './v2/signatures.js'
export { type Language, shortId } from './v2/signed-text.js'
export { type Dispensing, hasSlip, proveSlip, slipKeyOf } from './v2/slip-proof.js'
export {
  decodePrescriptionState,
  decodeSeq,
  encodePrescriptionState,
  encodeSeq,
  isOpen,
  type PrescriptionState,
  type PrescriptionStatus,
  prescriptionKey,
  type StateReader,
  seqKey,
  statusAt,
} from './v2/state.js'
export { StateTree, type TreeEntry, type TreeNodes } from './v2/state-tree.js'
export {
  decodeStateProof,
  encodeStateProof,
  proveState,
  type StateProof,
  verifyStateProof,
} from './v2/tree-proof.js'
export { type TreeStep, treeStep } from './v2/tree-step.js'
