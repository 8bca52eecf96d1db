/**
 * Keys that forget: a ring of monthly keys for one pair, and how two people make it.
 * Byte tables: docs/spec/keyring-v2.md and docs/spec/pairing.md.
 */

export {
  advance,
  clockSlackMs,
  confirmClock,
  maxStepEpochs,
  rememberedEpochs,
  rotate,
  shred,
} from './advance.js'
export { epochKey, maxDevices, nextLink, type Sender, type SenderKey } from './chain.js'
export { type Epoch, endOf, epochOf, formatEpoch, graceMs, parseEpoch, startOf } from './epoch.js'
export { type KeyringErrors, keyringError } from './errors.js'
export {
  type ExportOptions,
  exportRing,
  type ImportOptions,
  importRing,
  inspectExport,
  openRingAtRest,
} from './export.js'
export { type Argon2id, hardenPassphrase, wasmArgon2id } from './harden.js'
export { type Acceptance, acceptPairing, receiveReveal } from './pairing-accept.js'
export {
  type Answered,
  type Offer,
  offerPairing,
  type PairingSelf,
  receiveAnswer,
  voidOffer,
} from './pairing-offer.js'
export {
  formatPairingUri,
  type PairingPeer,
  type Payload,
  parsePairingUri,
  type Role,
  readPayload,
} from './pairing-payload.js'
export { confirmPairing, type Paired, type PairingToConfirm, refusePairing } from './pairing-secrets.js'
export {
  formatPhc,
  newArgon2id,
  newPbkdf2,
  type PassphraseParameters,
  parsePhc,
} from './phc.js'
export { type CreateRingOptions, createRing, type GraceEpoch, type Ring, wipeRing } from './ring.js'
export { decodeRing, encodeRing } from './state.js'
export {
  type Budget,
  defaultBudget,
  type KeyState,
  knownAhead,
  type ReadingKey,
  readingKey,
  type SealingKey,
  stateOf,
  takeSealingKey,
} from './use.js'
