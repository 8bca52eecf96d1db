/** What the server and a signer say to each other, a line for each signer. Table: docs/spec/log-signers.md. */
import { decodeBase64, encodeBase64 } from '@chartseal/core/encoding'
import { ChartsealError } from '@chartseal/core/errors'
import { frostBytes, maxSigners, type NonceCommitment, type SignatureShare } from '@chartseal/core/frost'
import { parseDecimal } from '../checkpoint.js'
import { parseNote } from '../note.js'
import { logSignerError } from './errors.js'

/** `number hiding binding` each, in the order of the numbers. */
export function formatCommitments(commitments: readonly NonceCommitment[]): string {
  return commitments
    .toSorted((a, b) => a.signer - b.signer)
    .map(({ signer, hiding, binding }) => `${signer} ${encodeBase64(hiding)} ${encodeBase64(binding)}\n`)
    .join('')
}

/** Whether its points are points is not looked at: that costs a millisecond each. @throws ChartsealError `log-signer/malformed` */
export function parseCommitments(text: string): readonly NonceCommitment[] {
  const commitments = linesOf(text).map(line => {
    const [signer, hiding, binding] = partsOf(line, 3)
    return { signer: numberOf(signer), hiding: bytesOf(hiding), binding: bytesOf(binding) }
  })
  if (formatCommitments(commitments) !== text) throw malformed('its lines are not in order')
  return commitments
}

const signLabel = 'chartseal/log-sign/v1'

/** The text of `POST …/sign`, which the server signs. */
export function formatSignText(commitments: readonly NonceCommitment[]): string {
  return `${signLabel}\n${formatCommitments(commitments)}`
}

/** Reads it; who signed it is not looked at. @throws ChartsealError `log-signer/malformed`, `note/…` */
export function parseSignRequest(body: string): readonly NonceCommitment[] {
  const { text } = parseNote(body)
  if (!text.startsWith(`${signLabel}\n`)) throw malformed('it begins with another line')
  return parseCommitments(text.slice(signLabel.length + 1))
}

export function formatShare({ signer, share }: SignatureShare): string {
  return `${signer} ${encodeBase64(share)}\n`
}

/** @throws ChartsealError `log-signer/malformed` */
export function parseShare(text: string): SignatureShare {
  const [line = '', ...others] = linesOf(text)
  if (others.length > 0) throw malformed('it has more than one line')
  const [signer, share] = partsOf(line, 2)
  return { signer: numberOf(signer), share: bytesOf(share) }
}

function linesOf(text: string): readonly string[] {
  if (!text.endsWith('\n')) throw malformed('it does not end with a newline')
  const lines = text.slice(0, -1).split('\n')
  if (lines.length > maxSigners) throw malformed('it has too many lines')
  return lines
}

function partsOf(line: string, count: number): readonly string[] {
  const parts = line.split(' ')
  if (parts.length !== count) throw malformed('a line has another number of words')
  return parts
}

function numberOf(text = ''): number {
  const signer = parseDecimal(text)
  if (signer === null || signer < 1 || signer > maxSigners)
    throw malformed('a line has no number of a signer')
  return signer
}

function bytesOf(text = ''): Uint8Array {
  try {
    const bytes = decodeBase64(text)
    if (bytes.length === frostBytes) return bytes
  } catch (error) {
    if (!(error instanceof ChartsealError)) throw error
  }
  throw malformed('a word is not the base64 of 32 bytes')
}

function malformed(reason: string): Error {
  return logSignerError('log-signer/malformed', { reason })
}
