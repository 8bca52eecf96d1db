/**
 * The Crypto EMR ledger, bit for bit. Byte tables and weaknesses: docs/spec/ledger-v1.md. In short:
 * prescriptions are in clear, the signed bytes do not name the doctor, ids are SHA-1, the block id has no
 * field boundaries and does not cover the height.
 */

export { type LedgerErrors, ledgerError } from './errors.js'
export type { FoundNonce, NonceOptions } from './mining/find.js'
export type { MinerOptions } from './mining/miner.js'
export type { MiningProgress } from './mining/progress.js'
export {
  type Block,
  type BlockDraft,
  computeBlockId,
  type HashedHeader,
  headerOf,
  maxNonce,
  maxRecords,
  targetOf,
} from './v1/block.js'
export {
  type BlockJson,
  blockFromJson,
  blockToJson,
  headerFromJson,
} from './v1/block-json.js'
export {
  Chain,
  type ChainOptions,
  type ChainReader,
  chainLogKind,
  type LogReader,
  openChain,
  type PlacedRecord,
  readChain,
} from './v1/chain/chain.js'
export { decodeBlock, encodeBlock } from './v1/chain/codec.js'
export { type ChainTip, verifyLink } from './v1/chain/link.js'
export { createRecord, legacyCreateRecord } from './v1/create-record.js'
export { DoctorKey } from './v1/doctor-key.js'
export { findNonce, type MinedBlock, type MineOptions, Miner, mineBlock } from './v1/mine.js'
export {
  computeTxid,
  hashKey,
  type LedgerRecord,
  maxPrescriptionBytes,
  type Profile,
  type Statement,
  signatureHash,
} from './v1/record.js'
export { type RecordJson, recordFromJson, recordToJson, unnamedRecordFromJson } from './v1/record-json.js'
export {
  applyBlock,
  applyRecords,
  checkHeader,
  type LedgerState,
  type VerifyOptions,
  verifyBlock,
} from './v1/verify-block.js'
export { verifyRecord } from './v1/verify-record.js'
