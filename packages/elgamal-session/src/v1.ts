/**
 * The seed MedChatSecure, value by value.
 *
 * Weak by design, and kept so that archives and vectors can be read: no one is who they say (keys arrive in
 * the message they sign), session numbers have less than 17 bits, signed and hashed fields run into each
 * other, AES-CBC is not authenticated, anyone can get anyone blocked. Never pickle: frames are listed as
 * names of fields and are not read here. docs/errata.md, C1 to C23.
 */

export { type SessionErrors, sessionError } from './errors.js'
export { type Group, type GroupName, groupOf, groups, type Parameters } from './groups.js'
export {
  checkPublicKey,
  decrypt,
  type EncryptionKeyPair,
  encrypt,
  generateEncryptionKeyPair,
  generateSigningKeyPair,
  type PublicKey,
  type SigningKeyPair,
  sign,
  signingKeyPairOf,
  verify,
} from './v1/elgamal.js'
export { type Ciphertext, legacyElGamal, type Signature } from './v1/legacy-elgamal.js'
export { type FrameShape, frameShapes } from './v1/opcodes.js'
export {
  legacyOpenText,
  messageKeyOf,
  openGroupKey,
  openMessage,
  sealGroupKey,
  sealMessage,
} from './v1/payloads.js'
export {
  compareCodePoints,
  deriveGroupKey,
  deriveSessionKey,
  deriveVerifier,
  type GroupKeyPart,
  groupKeyInput,
  requestText,
  responseText,
  type SessionInputs,
  seedDoctorId,
} from './v1/session.js'
