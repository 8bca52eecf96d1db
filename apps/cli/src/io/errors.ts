import { ChartsealError, defineErrors, type ErrorFactory } from '@chartseal/core/errors'
import { withHint } from './hints.js'

/** The command line was called wrongly: exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** The command has printed its answer, and the answer is no: exit code 1 without another word. */
export class AlreadyTold extends Error {
  override readonly name = 'AlreadyTold'
}

/** A person gave up at a prompt: exit code 130, as after Ctrl-C. */
export class Cancelled extends Error {
  override readonly name = 'Cancelled'
}

/** What the command line itself refuses; everything else keeps the code of the package that refused it. */
export interface CliErrors {
  /** More than this command reads. */
  'cli/too-large': { limitBytes: number }
  /** A passphrase that no prompt can take. */
  'cli/not-one-line': Record<never, never>
  /** Text as Windows editors write it under the name Unicode. */
  'cli/utf-16': Record<never, never>
  /** JSON was expected, and this is another format. */
  'cli/not-json': { format: string; hint: string }
  /** There is no manifest of a page, or what stands there is none. */
  'cli/no-manifest': Record<never, never>
  /** Hashes of manifests, in hexadecimal. */
  'cli/other-manifest': { expected: string; actual: string }
  /** Lines that stay as they are for every reader of a log, and are not sealed. */
  'cli/not-sealed': { format: string }
  /** `how`: an exit code or a signal. */
  'cli/identity-ended': { how: string }
  'cli/identity-timeout': { timeoutMs: number }
  'cli/identity-answer': { reason: string }
  /** In the words of the program. */
  'cli/identity-refused': { reason: string }
  /** In the words of the token or its tool. */
  'cli/token-refused': { reason: string }
  /** Names of owners' keys. */
  'cli/other-owner': { expected: string; actual: string }
  /** What was remembered of a record is not readable. */
  'cli/known-damaged': { packageId: string }
  /** By its owner's will, in this store. */
  'cli/not-served': { packageId: string }
  'cli/taken-back': { cid: string; at: string }
  'cli/no-answer': { server: string; reason: string }
  /** Ids of ledgers, in base64url. */
  'cli/other-ledger': { expected: string; actual: string }
  'cli/desk': { reason: string }
  /** `how`: an exit code or a signal. */
  'cli/signer-ended': { how: string }
  /** How many bytes it was. */
  'cli/signature-form': { bytes: number }
  /** `cause` is the code that the ledger refused it with, `why` the same in words. */
  'cli/record-refused': { cause: string; why: string }
  'cli/record-overtaken': Record<never, never>
  'cli/not-a-proof': Record<never, never>
  'cli/empty-archive': Record<never, never>
  /** Height and block id of a tip. */
  'cli/other-archive': { expected: string; actual: string }
  'cli/peer': { what: string }
  /** The clinic is another one, or its log has another key, than this device has pinned. */
  'cli/other-clinic': { file: string }
  'cli/no-roster': Record<never, never>
  'cli/trust': { file: string; reason: string }
}

export const cliError: ErrorFactory<CliErrors> = defineErrors<CliErrors>({
  'cli/too-large': 'The input is larger than {limitBytes} bytes, the most this command reads.',
  'cli/not-one-line': 'A secret must be one line without control characters.',
  'cli/utf-16': 'The text is UTF-16: save it as UTF-8.',
  'cli/not-json': 'This is {format}, not one JSON object. {hint}',
  'cli/no-manifest': 'The manifest must be a list of files and hashes, as /manifest.json of a clinic is.',
  'cli/other-manifest': 'The manifest must have the hash {expected}; it has {actual}.',
  'cli/not-sealed':
    'This is {format} and not sealed: imported lines stay as they are, for everybody who reads the log. Seal them with audit append, or say with --format what they are.',
  'cli/identity-ended': 'The identity command must answer each request; it ended with {how} before it had.',
  'cli/identity-timeout': 'The identity command must answer within {timeoutMs} ms.',
  'cli/identity-answer': 'The identity command must answer with one JSON object on one line: {reason}.',
  'cli/identity-refused': 'The identity command refuses: {reason}',
  'cli/token-refused': 'The token refuses: {reason}.',
  'cli/other-owner': 'The owner of the record must be {expected}; this list is signed by {actual}.',
  'cli/known-damaged':
    'What --known remembers of the record {packageId} must be whole: bring it back from a copy, or remove it and compare the owner anew.',
  'cli/not-served': 'This store hands out the record {packageId} no more: its owner has stopped it.',
  'cli/taken-back': 'The owner has taken this version of the record back: {cid} was deleted here at {at}.',
  'cli/no-answer': 'The server {server} must answer about its ledger: {reason}.',
  'cli/other-ledger': 'The ledger must be {expected}; this one is {actual}.',
  'cli/desk': 'The desk file cannot be read: {reason}',
  'cli/signer-ended': 'The command that signs must end with exit code 0; it ended with {how}.',
  'cli/signature-form':
    'The command that signs must write one signature, 64 bytes or DER, to its stdout; it wrote {bytes} bytes.',
  'cli/record-refused': 'The ledger refuses the record: {why} ({cause}).',
  'cli/record-overtaken':
    'Another record has taken the number or the place of this one: by this one nothing happened. Look again, and sign anew.',
  'cli/peer': 'The answer of the other node must be {what}.',
  'cli/other-clinic':
    'The clinic does not have the origin, the log key or the witnesses that {file} has pinned. Compare the words of its key with the clinic before you pin it anew.',
  'cli/no-roster': 'The clinic has no roster yet: an officer makes it with chartseal break-glass roster.',
  'cli/trust': '{file} must be a file of chartseal break-glass trust: {reason}.',
  'cli/empty-archive': 'The chain of version 1 must have a block, which the ledger follows.',
  'cli/other-archive':
    'The chain of version 1 must be the one that the ledger follows: its tip is {expected}, and not {actual}.',
  'cli/not-a-proof': 'The input must be a slip, a proof of a ledger, or a file of its blocks.',
})

/** What is reported of a failure: never a stack, never more than its own message. */
export interface Failure {
  readonly exitCode: 1 | 2 | 130
  readonly code: string
  readonly message: string
}

/** The data's mistake is 1, the caller's 2 (`TypeError` and `RangeError` are the packages' word for it). */
export function explain(error: unknown): Failure {
  if (error instanceof ChartsealError) return { exitCode: 1, code: error.code, message: withHint(error) }
  if (error instanceof Cancelled) return { exitCode: 130, code: 'cancelled', message: 'cancelled' }
  if (error instanceof UsageError || error instanceof RangeError || error instanceof TypeError) {
    return { exitCode: 2, code: 'usage', message: error.message }
  }
  const message = error instanceof Error ? error.message : 'something that is not an error was thrown'
  return { exitCode: 1, code: systemCode(error) ?? 'internal', message }
}

/** The error's name and message in one line, for reports of what went wrong. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error)
}

/** `ENOENT` and its like. */
export function systemCode(error: unknown): string | null {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null
}
