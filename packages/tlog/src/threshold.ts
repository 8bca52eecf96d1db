/**
 * The key of a log held by several signers, FROST(Ed25519, SHA-512): so many of them sign a checkpoint together, each
 * of which remembers what it signed as a witness does. Readers see one Ed25519 key. Specification: docs/spec/log-signers.md.
 */
export {
  checkpointBy,
  httpSigner,
  type SignerWay,
  type ThresholdSigner,
  type WayState,
} from './threshold/coordinator.js'
export { type LogSignerErrors, logSignerError } from './threshold/errors.js'
export {
  formatSignerGroup,
  parseSignerGroup,
  type SignerGroup,
  signerGroup,
  verifierKeyOf,
} from './threshold/group.js'
export {
  type LogSigner,
  type LogSignerOptions,
  openLogSigner,
  type SignerAnswer,
} from './threshold/log-signer.js'
