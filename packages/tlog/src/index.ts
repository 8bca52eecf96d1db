/**
 * An append-only log of any leaves that outsiders can verify: formats of C2SP, writer, reader, verifier, witness.
 * Specification: docs/spec/tlog.md. A log in a folder is in `@chartseal/tlog/fs`.
 */
export { type AddCheckpoint, formatAddCheckpoint, parseAddCheckpoint } from './add-checkpoint.js'
export { type Checkpoint, formatCheckpoint, parseCheckpoint } from './checkpoint.js'
export { type TlogErrors, tlogError } from './errors.js'
export {
  type ForkEvidence,
  formatForkEvidence,
  isFork,
  type OtherBeginning,
  parseForkEvidence,
  verifyFork,
} from './evidence.js'
export type { FetchedFile, FetchLike, FetchOptions, HttpLimits } from './http.js'
export {
  type CosignatureVerifier,
  cosigner,
  ed25519Signer,
  parseCosignatureKey,
  parseVerifierKey,
} from './keys.js'
export type { LeafCodec } from './leaf-codec.js'
export { type LeafPass, type LeafReport, type LeafRules, opaqueLeaves } from './leaf-rules.js'
export { type LogErrors, logError } from './log-errors.js'
export {
  formatNote,
  formatSignatureLine,
  isOf,
  maxNoteBytes,
  type Note,
  type NoteSignature,
  type NoteSigner,
  type NoteVerifier,
  type OpenedNote,
  openNote,
  parseNote,
  parseSignatureLine,
  signNote,
} from './note.js'
export {
  isQuorum,
  type Policy,
  type PolicyLog,
  type PolicyOptions,
  type PolicyWitness,
  parsePolicy,
  policyOf,
  type Quorum,
  smallestOverlap,
} from './policy.js'
export { formatProof, type LogProof, parseProof, verifyProof } from './proof.js'
export { httpSource } from './reader/http-source.js'
export { consistencyProof, inclusionProof, type ReadOptions, readLeaves, rootAt } from './reader/proofs.js'
export { mapSource, maxFileBytes, type TileSource } from './reader/source.js'
export type { TreeHead } from './reader/tree.js'
export {
  type Batch,
  checkpointPath,
  type LogStorage,
  type MemoryStorage,
  memoryStorage,
  type OpenStorage,
  policyPath,
  signedPath,
} from './storage.js'
export { plainText } from './text.js'
export {
  bundlePath,
  decodeBundle,
  decodeTile,
  encodeBundle,
  encodeTile,
  hashBytes,
  maxEntryBytes,
  tilePath,
  tileWidth,
} from './tiles.js'
export { systemTimer, type Timer } from './timer.js'
export { type VerifyTreeOptions, verifyTree } from './verify/examine.js'
export { type LogReport, type VerifyLogOptions, verifyLog } from './verify.js'
export { type Trust, type VerifiedCheckpoint, verifyCheckpoint } from './verify-checkpoint.js'
export {
  type Evidence,
  type Finding,
  type VerifyCode,
  type VerifyErrors,
  verifyError,
} from './verify-errors.js'
export {
  createWitness,
  originHash,
  type Witness,
  type WitnessAnswer,
  type WitnessOptions,
  type WitnessStore,
} from './witness.js'
export {
  type AskedWitness,
  addSignatures,
  askWitness,
  type ConsistencySource,
  cosignBy,
  httpWitness,
  type PostToWitness,
} from './witness-client.js'
export { type OpenWitnessOptions, openWitness } from './witness-memory.js'
export type { Appended } from './writer/batch.js'
export type {
  CheckpointSigner,
  Cosign,
  CosignOptions,
  LogEnd,
  LogWriterOptions,
  OnClockBack,
  ProofFrom,
} from './writer/options.js'
export { type LogWriter, type OpenReport, openLogWriter, type Witnessed } from './writer.js'
