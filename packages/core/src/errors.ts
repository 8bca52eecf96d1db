/**
 * Typed errors with stable codes.
 *
 * The data's mistake is a {@link ChartsealError}; the caller's mistake is a `TypeError` or `RangeError`;
 * the impossible is `Error('internal: …')`.
 */

/** What a context may hold. No bytes: nothing secret can leave through an error. */
export type ContextValue = string | number | bigint | boolean | readonly string[] | readonly number[]

/** Data that was refused. `code` is public and never renamed; `context` says where and why. */
export class ChartsealError<Code extends string = string, Context = unknown> extends Error {
  override readonly name = 'ChartsealError'
  readonly code: Code
  readonly context: Context

  constructor(code: Code, message: string, context: Context) {
    super(message)
    this.code = code
    this.context = context
    Object.freeze(this.context)
  }
}

/** Makes errors of one package's table: `fail('shamir/duplicate-index', { index: 3 })`. */
export interface ErrorFactory<Table> {
  <Code extends keyof Table & string>(code: Code, context: Table[Code]): ChartsealError<Code, Table[Code]>
  /** Every code of the table, for documentation and for tests that raise each one. */
  readonly codes: readonly (keyof Table & string)[]
}

type Messages<Table> = { readonly [Code in keyof Table & string]: string }
type Contexts<Table> = { readonly [Code in keyof Table]: { readonly [field: string]: ContextValue } }

/**
 * Turns a table of messages into a factory; `{field}` in a message is replaced from the context. `{field, ms}` is a time since
 * 1970 in milliseconds, `{field, seconds}` one in seconds: people read it as a date in UTC.
 */
export function defineErrors<Table extends Contexts<Table>>(messages: Messages<Table>): ErrorFactory<Table> {
  const make = <Code extends keyof Table & string>(
    code: Code,
    context: Table[Code],
  ): ChartsealError<Code, Table[Code]> => new ChartsealError(code, fillIn(messages[code], context), context)
  return Object.assign(make, { codes: Object.keys(messages) as (keyof Table & string)[] })
}

function fillIn(message: string, context: { readonly [field: string]: ContextValue }): string {
  return message.replace(/\{(\w+)(?:, (ms|seconds))?\}/g, (_, field: string, unit?: string) =>
    worded(context[field], unit),
  )
}

function worded(value: ContextValue | undefined, unit: string | undefined): string {
  if (Array.isArray(value)) return value.join(', ')
  const date = new Date(unit === undefined ? Number.NaN : Number(value) * (unit === 'ms' ? 1 : 1000))
  return Number.isNaN(date.getTime()) ? String(value) : date.toISOString().replace(/\.\d+/, '')
}

/** Errors that more than one package gives. */
export interface CoreErrors {
  /** Decided with a secret key; one answer for every cause. */
  'open/failed': Record<never, never>
  /** A value in another spelling than its canonical one. */
  'encoding/invalid': { encoding: string }
  /** A key of a length that the algorithm does not have. */
  'key/wrong-length': { expectedBytes: number; actualBytes: number }
  /** An X25519 public key with which every private key agrees on zero. */
  'key/small-order': Record<never, never>
  /** Bytes of the right length that are no public key of the algorithm. */
  'key/invalid': Record<never, never>
  /** The secret is used after it was wiped. */
  'key/wiped': Record<never, never>
  /** A JSON value that lacks a field, or has one of another type. */
  'json/invalid': { path: string; expected: string }
  /** A CBOR map that lacks a field, has one too many, or one of another type. */
  'cbor/invalid': { field: string; expected: string }
  /** Not the public part of a key that was shared. */
  'frost/bad-group': { reason: string }
  /** Commitments that no signature is made from: too few, twice, of nobody, or no points. */
  'frost/bad-commitments': Record<never, never>
  /** A signer's share of a signature that is missing or wrong. */
  'frost/bad-share': { signer: number }
  /** Nonces of a signature that was made, or begun. */
  'frost/nonces-used': Record<never, never>
  /** Invalid DER, or invalid PEM around it. */
  'der/invalid': { reason: string }
}

export const coreError: ErrorFactory<CoreErrors> = defineErrors<CoreErrors>({
  'open/failed': 'The data could not be opened: wrong key, or it was changed.',
  'encoding/invalid': 'The value must be canonical {encoding}.',
  'key/wrong-length': 'The key must have {expectedBytes} bytes; this one has {actualBytes}.',
  'key/small-order': 'The public key has a small order: what is agreed with it is not secret.',
  'key/invalid': 'The public key must be one of its algorithm.',
  'key/wiped': 'The key was wiped and can no longer be used.',
  'json/invalid': 'JSON value {path} must be {expected}.',
  'cbor/invalid': 'CBOR field "{field}" must be {expected}.',
  'frost/bad-group': 'The key was not shared like this: {reason}.',
  'frost/bad-commitments': 'The commitments must be those of a threshold of signers of this key, each once.',
  'frost/bad-share': 'The share of signer {signer} is missing or wrong: ask others for this signature.',
  'frost/nonces-used': 'These nonces were used: commit to others for each signature.',
  'der/invalid': 'The DER or PEM is not valid: {reason}.',
})
