import { defineErrors, type ErrorFactory } from '@chartseal/core/errors'

/** Why a SMART Health Card is not accepted. Nothing of what a card says of a person is in a context. */
export interface ShcErrors {
  'shc/bad-qr': { reason: string }
  'shc/bad-jws': { reason: string }
  /** What was inflated is no health card. */
  'shc/bad-card': { reason: string }
  'shc/too-large': { maxBytes: number }
  'shc/bad-issuer': { reason: string }
  'shc/untrusted-issuer': { host: string }
  'shc/not-yet-valid': { fromSeconds: number }
  'shc/expired': { expSeconds: number }
  /** `cause` is the code of what went wrong. */
  'shc/keys-unavailable': { host: string; cause: string }
  'shc/unknown-key': { host: string }
  'shc/bad-key': { reason: string }
  'shc/bad-signature': Record<never, never>
  /** The issuer takes cards back, and its list could not be read. */
  'shc/revocation-unavailable': { host: string; cause: string }
  'shc/revoked': { host: string }
}

export const shcError: ErrorFactory<ShcErrors> = defineErrors<ShcErrors>({
  'shc/bad-qr': 'The QR code must be of a SMART Health Card: {reason}.',
  'shc/bad-jws': 'The card must be a JWS in compact form, ES256 and raw DEFLATE: {reason}.',
  'shc/bad-card': 'The card must say what a SMART Health Card says: {reason}.',
  'shc/too-large': 'The card must have at most {maxBytes} bytes.',
  'shc/bad-issuer': 'The issuer must be an https URL without a slash at its end: {reason}.',
  'shc/untrusted-issuer': 'The issuer {host} is not among those that are trusted.',
  'shc/not-yet-valid':
    'The card is valid from {fromSeconds, seconds} on, by the clock of this machine not yet.',
  'shc/expired': 'The card expired at {expSeconds, seconds}.',
  'shc/keys-unavailable': 'The keys of the issuer {host} cannot be read ({cause}).',
  'shc/unknown-key': 'The issuer {host} has no such key: the card is forged, or its key was taken back.',
  'shc/bad-key': 'The key of the issuer must be a public P-256 key under its own thumbprint: {reason}.',
  'shc/bad-signature': 'The signature of the card is wrong: it was changed, or another made it.',
  'shc/revocation-unavailable': 'The issuer {host} takes cards back, and its list cannot be read ({cause}).',
  'shc/revoked': 'The issuer {host} has taken the card back.',
})
