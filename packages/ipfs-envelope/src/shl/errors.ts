import { defineErrors, type ErrorFactory } from '@chartseal/core/errors'

/**
 * Why a SMART Health Link cannot be made, served or opened. What does not decrypt is core's `open/failed`; a missing or
 * mistyped field is `json/invalid`. No context holds a key, a passcode or the whole of a URL: a URL of a link is a secret.
 */
export interface ShlErrors {
  'shl/not-a-link': { reason: string }
  'shl/bad-url': { reason: string }
  'shl/bad-flags': { reason: string }
  'shl/bad-label': { maxLength: number }
  'shl/unsupported-version': { version: number }
  /** By the clock of whoever opens it. */
  'shl/expired': { expSeconds: number }
  'shl/passcode-needed': Record<never, never>
  /** `remainingAttempts` is -1, and `told` empty, where the server does not say it. */
  'shl/wrong-passcode': { remainingAttempts: number; told: string }
  /** Never made, ended, expired or used up: a server says the same of all four. */
  'shl/not-active': { host: string }
  /** `retryAfterSeconds` is -1, and `told` empty, where the server does not say it. */
  'shl/too-many-requests': { host: string; retryAfterSeconds: number; told: string }
  'shl/unreachable': { host: string }
  'shl/unexpected-answer': { host: string; status: number }
  'shl/redirect-refused': { host: string; reason: string }
  'shl/too-large': { what: string; maxBytes: number }
  'shl/bad-manifest': { reason: string }
  'shl/bad-jwe': { reason: string }
  'shl/bad-deflate': Record<never, never>
  /** What was decrypted is not what its type says. */
  'shl/bad-content': { reason: string }
  'shl/bad-verifier': { reason: string }
  /** What a plain client could not open must not be called a SMART Health Link. */
  'shl/not-servable': { reason: string }
}

export const shlError: ErrorFactory<ShlErrors> = defineErrors<ShlErrors>({
  'shl/not-a-link': 'The text is not a SMART Health Link: {reason}.',
  'shl/bad-url': 'The URL must be one that a client may ask: {reason}.',
  'shl/bad-flags': 'The flags of the link must go together: {reason}.',
  'shl/bad-label': 'The label must have at most {maxLength} characters.',
  'shl/unsupported-version': 'The link is of version {version}, which this program does not know.',
  'shl/expired': 'The link expired at {expSeconds, seconds}, by the clock of this machine.',
  'shl/passcode-needed': 'The link needs a passcode; whoever made it knows it.',
  'shl/wrong-passcode': 'The passcode is wrong{told}.',
  'shl/not-active': 'The server {host} has no such link: it was ended, has expired, or was never there.',
  'shl/too-many-requests': 'The server {host} was asked too often{told}.',
  'shl/unreachable': 'The server {host} cannot be reached, or did not finish its answer.',
  'shl/unexpected-answer': 'The server {host} answered with status {status}.',
  'shl/redirect-refused': 'The server {host} sends the client elsewhere, which is refused: {reason}.',
  'shl/too-large': 'The {what} must have at most {maxBytes} bytes.',
  'shl/bad-manifest': 'The manifest must be as HL7 says: {reason}.',
  'shl/bad-jwe': 'The file must be a JWE in compact form, "dir" with "A256GCM": {reason}.',
  'shl/bad-deflate': 'The content of the file is not compressed as its header says (raw DEFLATE).',
  'shl/bad-content': 'The content of the file must be what its type says: {reason}.',
  'shl/bad-verifier': 'The verifier of a passcode must be one that this program makes: {reason}.',
  'shl/not-servable': 'A plain client could not open this link: {reason}.',
})
