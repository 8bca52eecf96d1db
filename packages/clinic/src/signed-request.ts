/**
 * Requests that a device signs: one form of RFC 9421, for the page that sends them and the server that checks them.
 * Specification: docs/spec/clinic-api.md.
 */
export { type SignatureErrors, signatureError } from './errors.js'
export {
  type Component,
  formatContentDigest,
  type RequestTarget,
  signatureBase,
} from './signed-request/base.js'
export { type Digest, type RequestSigner, type SignedHeaders, signRequest } from './signed-request/sign.js'
export { thumbprintOf } from './signed-request/thumbprint.js'
export {
  type HeaderOf,
  maxSkewMs,
  type RequestSignature,
  readSignature,
  requireFresh,
  requireSignature,
  verifyRequest,
} from './signed-request/verify.js'
