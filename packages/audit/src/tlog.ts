/**
 * The formats of transparency logs as C2SP specifies them: signed notes, checkpoints, tiles, cosignatures, witnesses,
 * policies and proofs. Usable without the rest of this package. Specification: docs/spec/tlog.md.
 */
export { type AddCheckpoint, formatAddCheckpoint, parseAddCheckpoint } from './tlog/add-checkpoint.js'
export { type Checkpoint, formatCheckpoint, parseCheckpoint } from './tlog/checkpoint.js'
export { type TlogErrors, tlogError } from './tlog/errors.js'
export {
  type ForkEvidence,
  formatForkEvidence,
  isFork,
  type OtherBeginning,
  parseForkEvidence,
  verifyFork,
} from './tlog/evidence.js'
export {
  type CosignatureVerifier,
  cosigner,
  ed25519Signer,
  parseCosignatureKey,
  parseVerifierKey,
} from './tlog/keys.js'
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
} from './tlog/note.js'
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
} from './tlog/policy.js'
export { formatProof, type LogProof, parseProof, verifyProof } from './tlog/proof.js'
export {
  bundlePath,
  decodeBundle,
  decodeTile,
  encodeBundle,
  encodeTile,
  maxEntryBytes,
  tilePath,
  tileWidth,
} from './tlog/tile-path.js'
export { type Trust, type VerifiedCheckpoint, verifyCheckpoint } from './tlog/verify-checkpoint.js'
export {
  createWitness,
  originHash,
  type Witness,
  type WitnessAnswer,
  type WitnessOptions,
  type WitnessStore,
} from './tlog/witness.js'
export {
  type AskedWitness,
  addSignatures,
  askWitness,
  type ConsistencySource,
  type PostToWitness,
} from './tlog/witness-client.js'
