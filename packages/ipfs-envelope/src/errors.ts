import { defineErrors, type ErrorFactory } from '@chartseal/core/errors'

/**
 * What anyone can see without a key. A wrong key, a wrong passphrase or changed bytes are core's
 * `open/failed`; a missing or mistyped field is `json/invalid`; broken PEM is `der/invalid`.
 */
export interface EnvelopeErrors {
  /** Their names are not repeated: they may be content. */
  'envelope/unknown-field': { count: number }
  'envelope/duplicate-field': Record<never, never>
  'envelope/nonce-length': { expectedBytes: number; actualBytes: number }
  'envelope/no-recipients': Record<never, never>
  'envelope/bad-recipient': {
    reason: 'empty' | 'not well-formed Unicode'
  }
  'envelope/duplicate-recipient': { recipientId: string }
  'envelope/unknown-recipient': { recipientId: string }
  'envelope/ciphertext-too-short': { minBytes: number; actualBytes: number }
  'envelope/bad-cid': { reason: string }
  'envelope/unsupported-cid': { reason: string }
  /** `reason` is empty where the bytes are certainly others, else what may be the cause instead. */
  'envelope/cid-mismatch': { cid: string; reason: string }
  'envelope/blob-not-found': { cid: string }
  'envelope/blob-too-large': { cid: string; maxBytes: number }
  /** Refused before it counts as stored: the same store would not read it. */
  'envelope/too-large-to-store': { maxBytes: number }
  'envelope/not-a-file': { cid: string }
  /** Blocks that have more or less than the node above them says, or a node that says it of other links. */
  'envelope/wrong-sizes': { cid: string }
  'envelope/unsupported-key': { reason: string }
  'envelope/rsa-size': { bits: number; minBits: number; maxBits: number }
  'envelope/passphrase-needed': Record<never, never>
  /** In UTF-8; no key can be read under a longer one. */
  'envelope/passphrase-too-long': { maxBytes: number }
  'envelope/encrypted-key-unsupported': Record<never, never>
}

export const envelopeError: ErrorFactory<EnvelopeErrors> = defineErrors<EnvelopeErrors>({
  'envelope/unknown-field':
    'A package must have only the fields cid, nonce and enc_keys: this one has {count} more, which nothing authenticates.',
  'envelope/duplicate-field': 'The package repeats a field or a recipient.',
  'envelope/nonce-length': 'The nonce must have {expectedBytes} bytes; this one has {actualBytes}.',
  'envelope/no-recipients': 'A package must have at least one recipient.',
  'envelope/bad-recipient': 'The id of a recipient must not be {reason}.',
  'envelope/duplicate-recipient': 'The recipient {recipientId} is named more than once.',
  'envelope/unknown-recipient': 'The package has no key for recipient {recipientId}.',
  'envelope/ciphertext-too-short':
    'The ciphertext must have at least the {minBytes} bytes of its tag; this one has {actualBytes}.',
  'envelope/bad-cid': 'The CID must be in its canonical spelling: {reason}.',
  'envelope/unsupported-cid': 'The CID is of a kind that is not supported: {reason}.',
  'envelope/cid-mismatch': 'The bytes are not those that {cid} names{reason}.',
  'envelope/blob-not-found': 'The store does not have all blocks of {cid}.',
  'envelope/blob-too-large': 'The blocks of {cid} must have at most {maxBytes} bytes.',
  'envelope/too-large-to-store':
    'The blocks of what is stored must have at most {maxBytes} bytes: this store would not read more.',
  'envelope/not-a-file': 'The CID {cid} does not name a UnixFS file.',
  'envelope/wrong-sizes': 'The blocks of {cid} must have the sizes that its nodes name.',
  'envelope/unsupported-key': 'The key is of a kind that is not supported: {reason}.',
  'envelope/rsa-size': 'An RSA key must have {minBits} to {maxBits} bits; this one has {bits}.',
  'envelope/passphrase-needed': 'The private key is encrypted; give its passphrase.',
  'envelope/passphrase-too-long':
    'The passphrase of a private key must have at most {maxBytes} bytes in UTF-8: no tool reads a longer one.',
  'envelope/encrypted-key-unsupported': 'Encrypted private keys are read and written in Node.js only.',
})
