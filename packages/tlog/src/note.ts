/**
 * Signed notes, C2SP signed-note v1.0.0: text, a blank line, and one signature a line. The text means nothing before
 * `openNote` has found the signature of a trusted key.
 */
import { concat, equal } from '@chartseal/core/bytes'
import { decodeBase64, encodeBase64, encodeUtf8 } from '@chartseal/core/encoding'
import { tlogError } from './errors.js'

/** A whole note; sixteen post-quantum signatures of 5 kB each fit (C2SP asks for that many). */
export const maxNoteBytes: number = 1 << 20
/** More are refused before any is verified. */
const maxSignatures = 64
const keyIdBytes = 4
const dash = '\u2014'

/** Signs as `name`; the signature is what stands behind the key id. */
export interface NoteSigner {
  readonly name: string
  /** 4 bytes. */
  readonly keyId: Uint8Array
  /** The text that verifiers are configured with. */
  readonly verifierKey: string
  sign(text: Uint8Array): Uint8Array
}

/** A key that is trusted under a name. */
export interface NoteVerifier {
  readonly name: string
  /** 4 bytes. */
  readonly keyId: Uint8Array
  /** The text that it was made from. */
  readonly verifierKey: string
  verify(text: Uint8Array, signature: Uint8Array): boolean
}

export interface NoteSignature {
  readonly name: string
  /** 4 bytes. */
  readonly keyId: Uint8Array
  readonly signature: Uint8Array
}

export interface Note {
  /** With its final newline, without the blank line. Not authenticated. */
  readonly text: string
  readonly signatures: readonly NoteSignature[]
}

export interface OpenedNote extends Note {
  /** The verifiers whose signature is there and right, in the order given. */
  readonly verified: readonly NoteVerifier[]
}

/** Takes a note apart; one note has one spelling. @throws ChartsealError `note/too-large`, `note/malformed` */
export function parseNote(note: string): Note {
  if (note.length > maxNoteBytes) throw tlogError('note/too-large', { limit: maxNoteBytes })
  refuseControls(note)
  const border = note.lastIndexOf('\n\n')
  if (border < 0 || !note.endsWith('\n')) throw malformed('there is no blank line before signatures')
  const lines = note.slice(border + 2, -1).split('\n')
  if (border + 2 > note.length - 1) throw malformed('there is no signature')
  if (lines.length > maxSignatures) throw tlogError('note/too-large', { limit: maxSignatures })
  return { text: note.slice(0, border + 1), signatures: lines.map(parseSignatureLine) }
}

/** Puts a note together. @throws ChartsealError `note/malformed` for a text or a name that no note has */
export function formatNote(text: string, signatures: readonly NoteSignature[]): string {
  if (!text.endsWith('\n')) throw malformed('the text does not end with a newline')
  if (signatures.length === 0) throw malformed('there is no signature')
  const note = `${text}\n${signatures.map(formatSignatureLine).join('')}`
  parseNote(note)
  return note
}

/** `— name base64`, with a newline. @throws ChartsealError `note/malformed` */
export function formatSignatureLine({ name, keyId, signature }: NoteSignature): string {
  refuseName(name)
  if (keyId.length !== keyIdBytes) throw malformed('a key id has 4 bytes')
  return `${dash} ${name} ${encodeBase64(concat(keyId, signature))}\n`
}

/** One line, without its newline. @throws ChartsealError `note/malformed` */
export function parseSignatureLine(line: string): NoteSignature {
  const [lead, name, encoded, ...others] = line.split(' ')
  if (lead !== dash || name === undefined || encoded === undefined || others.length > 0) {
    throw malformed('a signature line is a dash, a name and base64')
  }
  refuseName(name)
  const bytes = signatureBytes(encoded)
  if (bytes.length <= keyIdBytes) throw malformed('a signature is too short')
  return { name, keyId: bytes.slice(0, keyIdBytes), signature: bytes.slice(keyIdBytes) }
}

/** @throws ChartsealError `note/malformed` */
export function signNote(text: string, signers: readonly NoteSigner[]): string {
  const bytes = encodeUtf8(text)
  const signatures = signers.map(signer => ({
    name: signer.name,
    keyId: signer.keyId,
    signature: signer.sign(bytes),
  }))
  return formatNote(text, signatures)
}

/**
 * The text, once at least one of these keys has signed it. Signatures of other keys are kept and ignored.
 * @throws ChartsealError `note/bad-signature` when a known key's signature is wrong, `note/unsigned` when there is none,
 * `note/too-large`, `note/malformed`
 */
export function openNote(note: string, verifiers: readonly NoteVerifier[]): OpenedNote {
  const { text, signatures } = parseNote(note)
  const bytes = encodeUtf8(text)
  const verified = verifiers.filter(verifier => isSignedBy(verifier, bytes, signatures))
  if (verified.length === 0) throw tlogError('note/unsigned', {})
  return { text, signatures, verified }
}

function isSignedBy(verifier: NoteVerifier, text: Uint8Array, signatures: readonly NoteSignature[]): boolean {
  const own = signatures.filter(one => isOf(verifier, one))
  for (const { signature } of own) {
    if (!verifier.verify(text, signature)) throw tlogError('note/bad-signature', { name: verifier.name })
  }
  return own.length > 0
}

/** Name and key id together name a key. */
export function isOf(key: Pick<NoteVerifier, 'name' | 'keyId'>, signature: NoteSignature): boolean {
  return key.name === signature.name && equal(key.keyId, signature.keyId)
}

/** Neither empty nor with a Unicode space or a plus. @throws ChartsealError `note/malformed` */
export function refuseName(name: string): void {
  // As Go's implementation, which defined the format, reads "Unicode spaces".
  if (name === '' || /[\p{White_Space}+]/u.test(name))
    throw malformed('a name is empty, or has a space or a plus')
  refuseControls(name)
}

function refuseControls(text: string): void {
  if (!text.isWellFormed()) throw malformed('it is not Unicode')
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code < 0x20 && code !== 0x0a) throw malformed('it has a control character')
  }
}

function signatureBytes(encoded: string): Uint8Array {
  try {
    return decodeBase64(encoded)
  } catch {
    throw malformed('a signature is not canonical base64')
  }
}

function malformed(reason: string): Error {
  return tlogError('note/malformed', { reason })
}
