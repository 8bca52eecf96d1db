/**
 * SMART Health Links, HL7 STU1 and the profile of CMS: make a link, answer for it, open it, and say where one fails. Format and
 * rules: docs/spec/shl.md.
 */
export { type Content, contentTypeOf, requireContent } from './shl/content.js'
export {
  type CreatedLink,
  type CreateLinkOptions,
  createLink,
  type LinkContent,
  requireServable,
  type ServedFile,
  type ServedLink,
  sealLinkFile,
} from './shl/create.js'
export {
  debugLink,
  type LinkReport,
  type LinkStage,
  type LinkSummary,
  type StageReport,
} from './shl/debug.js'
export { type ShlErrors, shlError } from './shl/errors.js'
export {
  decryptJwe,
  encryptJwe,
  type JweContent,
  type JweOptions,
  maxJweLength,
  requireJwe,
} from './shl/jwe.js'
export { maxInflatedBytes } from './shl/limits.js'
export {
  formatLink,
  maxLabelLength,
  maxUrlLength,
  parseLink,
  requireFlags,
  type ShlLink,
} from './shl/link.js'
export {
  formatManifest,
  formatManifestRequest,
  type Manifest,
  type ManifestFile,
  type ManifestRequest,
  maxFiles,
  maxManifestRequestBytes,
  parseManifest,
  parseManifestRequest,
  shlContentTypes,
} from './shl/manifest.js'
export { type MemoryShlStore, memoryShlStore } from './shl/memory.js'
export {
  type OpenedFile,
  type OpenedLink,
  type OpenLinkOptions,
  openLink,
  type RetrievedFile,
} from './shl/open.js'
export {
  isPasscode,
  makePasscodeVerifier,
  parsePasscodeVerifier,
  type Verifier,
  type VerifierOptions,
} from './shl/passcode.js'
export type { Fetch, RetrieveOptions } from './shl/retrieve.js'
export {
  answerShl,
  type ShlAnswer,
  type ShlRequest,
  type ShlServer,
  ticketMs,
} from './shl/server.js'
export type { FileTicket, LinkAccess, LinkAccessKind, ShlStore, StoredFile, StoredLink } from './shl/store.js'
