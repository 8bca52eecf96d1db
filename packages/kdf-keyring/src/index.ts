/**
 * Keys that forget: a ring of monthly keys for one pair, and how two people make it.
 * Byte tables: docs/spec/keyring-v2.md and docs/spec/pairing.md.
 */

export {
  advanceRing,
  clockSlackMs,
  confirmClock,
  rotateRing,
  shred,
  vouchForEpoch,
} from './advance.js'
export { epochKey, maxDevices, nextLink, type Sender, type SenderKey } from './chain.js'
export { type Epoch, epochEnd, epochOf, epochStart, formatEpoch, graceMs, parseEpoch } from './epoch.js'
export { type ClockJump, type KeyringErrors, keyringError, type MissingKey } from './errors.js'
export {
  type ExportOptions,
  exportRing,
  type ImportOptions,
  importRing,
  inspectExport,
  openRingAtRest,
} from './export.js'
export { hardenPassphrase, systemArgon2id, wasmArgon2id } from './harden.js'
export {
  type Acceptance,
  type AcceptOptions,
  acceptPairing,
  receiveReveal,
  restoreAcceptance,
  wipeAcceptance,
} from './pairing-accept.js'
export {
  type Answered,
  Offer,
  offerPairing,
  type PairingSelf,
  receiveAnswer,
  restoreOffer,
  wipeOffer,
} from './pairing-offer.js'
export {
  formatPairingUri,
  type PairingPeer,
  type Payload,
  parsePairingUri,
  parsePersonName,
  type Role,
  readPayload,
} from './pairing-payload.js'
export { confirmPairing, type Paired, type PairingToConfirm, wipePairing } from './pairing-secrets.js'
export {
  formatPhc,
  newArgon2id,
  newPbkdf2,
  type PassphraseParameters,
  parsePhc,
} from './phc.js'
export type { Argon2id } from './platform.js'
export { type CreateRingOptions, createRing, type GraceEpoch, type Ring, wipeRing } from './ring.js'
export { decodeRing, encodeRing } from './state.js'
export {
  type Budget,
  defaultBudget,
  type KeyState,
  keyStateOf,
  type ReadingKey,
  readingKey,
  type SealingKey,
  takeSealingKey,
} from './use.js'
