/**
 * Workflows that join the packages: who a person is on this device, pairing, and what a device remembers. It runs in
 * browsers; folders are in `/fs`, sockets in `/tcp`, and what a file is in `/explain`.
 */
export {
  type Device,
  decodeDevice,
  encodeDevice,
  type KidWindow,
  newSelf,
  type PairingInProgress,
  wipeDevice,
} from './device.js'
export { type ClinicErrors, clinicError, type PastedErrors, pastedError } from './errors.js'
export {
  acceptCode,
  confirmDigits,
  formatStep,
  parseStep,
  showCode,
  takeAnswer,
  takeReveal,
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
export type { Change, World } from './world.js'
