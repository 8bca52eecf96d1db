/**
 * Workflows that join the packages: who a person is on this device, pairing, and what a device remembers. It runs in
 * browsers; folders are in `/fs`, sockets in `/tcp`, and what a file is in `/explain`.
 */
export {
  type AcceptedPairing,
  type Device,
  deviceOf,
  forgets,
  type KidWindow,
  newDevice,
  type Opening,
  type PairingInProgress,
  ringNow,
  type ShownPairing,
  wipeDevice,
} from './device.js'
export { decodeDevice, encodeDevice } from './device-cbor.js'
export {
  type ClinicErrors,
  clinicError,
  type DueStep,
  type PastedErrors,
  pastedError,
  shellWord,
} from './errors.js'
export { type BundleOrders, type LeftOutResource, type Order, readOrders } from './fhir-orders.js'
export {
  type KitBook,
  type KitPage,
  makeKitBook,
  type OpenedKitBook,
  openKitBook,
  rootOfBook,
} from './kit-book.js'
export {
  acceptCode,
  confirmDigits,
  parseCode,
  parseStep,
  showCode,
  type ToCompare,
  takeAnswer,
  takeReveal,
  undoPairing,
} from './pairing.js'
export {
  type Found,
  maxPastedBytes,
  type Pasted,
  type PastedKind,
  type PastedOptions,
  readPasted,
  requirePasted,
} from './pasted.js'
export {
  type KitFile,
  type KitOptions,
  kitFileNames,
  kitFiles,
  makeKit,
  type OpenedKit,
  type OpenKitOptions,
  openKit,
  type RecoveryKit,
} from './recovery-kit.js'
export {
  type AttachmentKey,
  acceptAttachment,
  acknowledge,
  attachmentKey,
  bindingOf,
  type NextKey,
  type OpenedBefore,
  type OpenedOnce,
  type OpenOptions,
  openOnce,
  type SealOptions,
  sealNext,
  type ThreadNames,
  type ThreadOptions,
  takeNextKey,
} from './thread.js'
export type { Change, Refused, World } from './world.js'
