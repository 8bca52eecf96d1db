/**
 * The package format of the IPFS records design: JSON `{cid, nonce, enc_keys}` beside an AES-256-GCM blob.
 * Byte table and weaknesses: docs/spec/envelope-v1.md.
 */
export { type ContentAddressing, rawAddressing } from './cid/addressing.js'
export { type EnvelopeErrors, envelopeError } from './errors.js'
export { memoryBlobStore } from './memory-store.js'
export type { Identity, Recipient, WrappedKey } from './recipient.js'
export { type GenerateOptions, generateRsaKeyPair, type RsaKeyPairPem } from './rsa/keys.js'
export { type RsaIdentityOptions, rsaIdentity, rsaRecipient } from './rsa/oaep.js'
export { openEnvelope, type SealedEnvelope, type SealOptions, sealEnvelope } from './v1/envelope.js'
export { type InspectedPackage, type Inspection, inspectPackage } from './v1/inspect.js'
export {
  type EnvelopePackage,
  formatPackage,
  type PackageFields,
  packageFields,
  packageFrom,
  parsePackage,
} from './v1/package.js'
export { getEnvelope, grantAccess, putEnvelope, type Revocation, revokeAccess } from './v1/store.js'
