import { defineErrors, type ErrorFactory } from '@chartseal/core/errors'

/**
 * What anyone can see without a key. A wrong key, a wrong passphrase or changed bytes are core's
 * `open/failed`; a missing or mistyped field is `json/invalid`; broken PEM is `der/invalid`.
 */
export interface EnvelopeErrors {
  'envelope/unknown-field': { field: string }
  'envelope/duplicate-field': Record<never, never>
  'envelope/nonce-length': { expectedBytes: number; actualBytes: number }
  'envelope/no-recipients': Record<never, never>
  'envelope/bad-recipient': { reason: 'empty' | 'not well-formed Unicode' }
  'envelope/duplicate-recipient': { recipientId: string }
  'envelope/unknown-recipient': { recipientId: string }
  'envelope/ciphertext-too-short': { minBytes: number; actualBytes: number }
  'envelope/bad-cid': Record<never, never>
  'envelope/unsupported-cid': { reason: string }
  'envelope/cid-mismatch': { cid: string }
  'envelope/blob-not-found': { cid: string }
  'envelope/blob-too-large': { cid: string; maxBytes: number }
  'envelope/not-a-file': { cid: string }
  'envelope/unsupported-key': { reason: string }
  'envelope/rsa-size': { bits: number; minBits: number; maxBits: number }
  'envelope/passphrase-needed': Record<never, never>
  'envelope/encrypted-key-unsupported': Record<never, never>
}

export const envelopeError: ErrorFactory<EnvelopeErrors> = defineErrors<EnvelopeErrors>({
  'envelope/unknown-field': 'A package has no field {field}: nothing would authenticate it.',
  'envelope/duplicate-field': 'A field of the package, or a recipient in it, stands there twice.',
  'envelope/nonce-length': 'The nonce has {actualBytes} bytes, not {expectedBytes}.',
  'envelope/no-recipients': 'A package needs at least one recipient.',
  'envelope/bad-recipient': 'The id of a recipient is {reason}.',
  'envelope/duplicate-recipient': 'There is more than one recipient {recipientId}.',
  'envelope/unknown-recipient': 'The package has no key for recipient {recipientId}.',
  'envelope/ciphertext-too-short': 'The ciphertext has {actualBytes} bytes; its tag alone has {minBytes}.',
  'envelope/bad-cid': 'Not a CID in its canonical spelling.',
  'envelope/unsupported-cid': 'This CID cannot be checked here: {reason}.',
  'envelope/cid-mismatch': 'The bytes are not those that {cid} names.',
  'envelope/blob-not-found': 'A block of {cid} is not in this store.',
  'envelope/blob-too-large': 'The blocks of {cid} have more than {maxBytes} bytes.',
  'envelope/not-a-file': 'The CID {cid} does not name a UnixFS file.',
  'envelope/unsupported-key': 'This key cannot be used here: {reason}.',
  'envelope/rsa-size': 'An RSA key of {minBits} to {maxBits} bits is needed, not of {bits}.',
  'envelope/passphrase-needed': 'This private key is encrypted; its passphrase is needed.',
  'envelope/encrypted-key-unsupported': 'Encrypted private keys are read and written in Node.js only.',
})
