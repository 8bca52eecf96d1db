/**
 * Keys that forget: a ring of monthly keys for one pair, and how two people make it.
 * Byte tables: docs/spec/keyring-v2.md and docs/spec/pairing.md.
 */
export { type KeyringErrors, keyringError } from './errors.js'
export {
  advance,
  clockSlackMs,
  confirmClock,
  maxStepEpochs,
  rememberedEpochs,
  rotate,
  shred,
} from './v2/advance.js'
export { epochKey, maxDevices, nextLink, type Sender, type SenderKey } from './v2/chain.js'
export {
  type ExportOptions,
  exportRing,
  type ImportOptions,
  importRing,
  inspectExport,
  openRingAtRest,
} from './v2/export.js'
export { type Argon2id, hardenPassphrase, wasmArgon2id } from './v2/harden.js'
export { type Acceptance, acceptPairing, receiveReveal } from './v2/pairing-accept.js'
export {
  type Answered,
  type Offer,
  offerPairing,
  type PairingSelf,
  receiveAnswer,
  voidOffer,
} from './v2/pairing-offer.js'
export {
  formatPairingUri,
  type PairingPeer,
  type Payload,
  parsePairingUri,
  type Role,
  readPayload,
} from './v2/pairing-payload.js'
export { confirmPairing, type Paired, type PairingToConfirm, refusePairing } from './v2/pairing-secrets.js'
export { type Epoch, endOf, epochOf, formatEpoch, graceMs, parseEpoch, startOf } from './v2/parse-epoch.js'
export {
  formatPhc,
  newArgon2id,
  newPbkdf2,
  type PassphraseParameters,
  parsePhc,
} from './v2/phc.js'
export { type CreateRingOptions, createRing, type GraceEpoch, type Ring, wipeRing } from './v2/ring.js'
export { decodeRing, encodeRing } from './v2/state.js'
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
} from './v2/use.js'
