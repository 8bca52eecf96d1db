/** Verification of SMART Health Cards (HL7 STU1): signature, issuer, time, revocation; QR codes. docs/spec/shl.md. */
export { decodeHealthCard, type HealthCard, type SignedCard } from './shc/card.js'
export { type ShcErrors, shcError } from './shc/errors.js'
export { formatHealthCardQr, parseHealthCardQr } from './shc/qr.js'
export { healthCardsIn, type VerifyCardOptions, verifyHealthCard } from './shc/verify.js'
export type { Fetch, RetrieveOptions } from './shl/retrieve.js'
