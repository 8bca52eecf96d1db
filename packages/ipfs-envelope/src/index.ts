/**
 * Records, version 2: encrypted once, shared with many, read in part, taken back as far as anything can be. Byte tables:
 * docs/spec/envelope-v2.md.
 */
export {
  formatGrantCapability,
  formatReadCapability,
  formatVerifyCapability,
  type GrantCapability,
  parseGrantCapability,
  parseReadCapability,
  parseVerifyCapability,
  type ReadCapability,
  toReadCapability,
  toVerifyCapability,
  type VerifyCapability,
} from './capability/capability.js'
export { type CapabilityErrors, capabilityError } from './capability/errors.js'
export { requireSamePayload, type VerifiedPayload, verifyPayload } from './capability/verify.js'
export { type EnvelopeErrors, envelopeError } from './errors.js'
export { grantInfo, hintOf } from './grants/binding.js'
export { parseGrantList } from './grants/codec.js'
export { type GrantErrors, grantError } from './grants/errors.js'
export { entriesOf, type GrantEntry, hintBytes } from './grants/groups.js'
export { type EarlierVersion, openHistory } from './grants/history.js'
export {
  type GrantContent,
  type GrantList,
  type GrantTerms,
  type HistoryEntry,
  maxGrantListBytes,
  maxRecipients,
  type RecipientGroup,
} from './grants/list.js'
export {
  type AnewOptions,
  firstGrants,
  type GrantedPayload,
  type GrantedTo,
  type GrantOptions,
  grantsAnew,
  grantsForNobody,
  grantsWith,
  grantsWithout,
  isForNobody,
  noTerms,
} from './grants/next.js'
export { isGranted, type OpenGrantOptions, openGrant } from './grants/open.js'
export {
  advancePin,
  checkPin,
  type GrantPin,
  grantListCid,
  requireSuccessor,
  type SeenList,
} from './grants/pin.js'
export { type Owner, ownerOf, signGrantList } from './grants/sign.js'
export { memoryBlobStore } from './memory-store.js'
export { type PayloadErrors, payloadError } from './payload/errors.js'
export type { RecordHeader } from './payload/header.js'
export type { PayloadId } from './payload/id.js'
export { openPayloadReader, type PayloadReader } from './payload/range.js'
export { type PayloadOptions, sealedPayloadBytes } from './payload/size.js'
export { type ReadPayload, readPayload, storePayload } from './payload/store.js'
export {
  type OpenedRecord,
  openPayload,
  openPayloadBytes,
  type PayloadOpening,
  sealPayload,
  sealPayloadBytes,
} from './payload/stream.js'
export { type RecipientErrors, recipientError } from './recipients/errors.js'
export { type HpkeName, hpkeIdentity, hpkeRecipient, type KnownRecipient } from './recipients/hpke.js'
export type { Identity, KeyHolder, Recipient, WrapName, WrappedKey } from './recipients/recipient.js'
export { rsaOaepIdentity, rsaOaepRecipient } from './recipients/rsa.js'
export {
  formatIdentityKey,
  formatRecipient,
  generateIdentityKey,
  type IdentityKey,
  identityOf,
  parseIdentityKey,
  parseRecipient,
  recipientOf,
} from './recipients/text.js'
export { type AccessChange, type AccessEntry, accessEntry } from './revocation/entry.js'
export {
  type Achievement,
  achievements,
  type Limit,
  limits,
  type RevocationStatement,
  type RevocationStep,
  revocationStatement,
  revocationSteps,
} from './revocation/statements.js'
export { openOaepBlock } from './rsa/oaep-block.js'
export { type ShareErrors, shareError } from './share/errors.js'
export {
  type GrantLists,
  memoryGrantLists,
  memoryTombstones,
  type PackagePorts,
  type Tombstone,
  type Tombstones,
} from './share/ports.js'
export {
  grantAccess,
  latestList,
  publishVersion,
  readRecord,
  type ShareRequest,
  shareRecord,
  type VersionRequest,
} from './share/share.js'
export {
  type ReEncryption,
  reEncrypt,
  retireGone,
  type Serving,
  shred,
  stopServing,
  type TakenBack,
  takeBackAccess,
} from './share/take-back.js'
