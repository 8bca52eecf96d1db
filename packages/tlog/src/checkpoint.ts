/** The text of a checkpoint, C2SP tlog-checkpoint: what a log signs of its tree. */
import { decodeBase64, encodeBase64 } from '@chartseal/core/encoding'
import { tlogError } from './errors.js'
import { hashBytes } from './tiles.js'

const number = /^(?:0|[1-9][0-9]{0,15})$/

export interface Checkpoint {
  /** The name of the log. */
  readonly origin: string
  /** How many leaves. */
  readonly size: number
  /** The Merkle tree hash at that size (RFC 6962 2.1), 32 bytes. */
  readonly root: Uint8Array
  /** Further lines; not empty, opaque, and not recommended. */
  readonly extensions: readonly string[]
}

/** Each line with its newline. @throws ChartsealError `checkpoint/malformed` */
export function formatCheckpoint({ origin, size, root, extensions }: Checkpoint): string {
  const text = [origin, size, encodeBase64(root), ...extensions].map(line => `${line}\n`).join('')
  parseCheckpoint(text)
  return text
}

/** Reads the text of a note; `formatCheckpoint` gives it back. @throws ChartsealError `checkpoint/malformed` */
export function parseCheckpoint(text: string): Checkpoint {
  if (!text.endsWith('\n')) throw malformed('it does not end with a newline')
  const lines = text.slice(0, -1).split('\n')
  const [origin, size, root, ...extensions] = lines
  if (origin === undefined || size === undefined || root === undefined)
    throw malformed('it has three lines or more')
  if (lines.includes('')) throw malformed('it has an empty line')
  return { origin, size: parseSize(size), root: parseRoot(root), extensions }
}

/** A decimal number in its one spelling; `null` for anything else, and above 2^53 - 1. */
export function parseDecimal(text: string): number | null {
  return number.test(text) && Number.isSafeInteger(Number(text)) ? Number(text) : null
}

function parseSize(text: string): number {
  const size = parseDecimal(text)
  if (size === null) throw malformed('its size is not a decimal number up to 2^53 - 1')
  return size
}

function parseRoot(text: string): Uint8Array {
  try {
    const root = decodeBase64(text)
    if (root.length === hashBytes) return root
  } catch {
    // One answer for both.
  }
  throw malformed('its root is not the base64 of 32 bytes')
}

function malformed(reason: string): Error {
  return tlogError('checkpoint/malformed', { reason })
}
