/** Share envelopes as files: their bytes, or their text in whatever chats, mail programs and people make of it. */
import { readPasted } from '@chartseal/clinic'
import { ChartsealError } from '@chartseal/core/errors'
import {
  encodeShare,
  formatShare,
  maxTextShareBytes,
  parseShare,
  parseShareText,
  type ShareEnvelope,
} from '@chartseal/shamir'
import { UsageError } from './errors.js'
import { namingFile, readBytes } from './files.js'
import type { Io } from './io.js'

/** The first byte of an envelope: a map of 11 fields. */
const envelopeByte = 0xab

/** What one file holds. */
export interface SharesInFile {
  readonly file: string
  readonly shares: readonly ShareEnvelope[]
  /** Why something in it is no share. */
  readonly refused: readonly ChartsealError[]
}

/** Every share in a file. @throws UsageError for a file of version 1, or one that cannot be read */
export async function readShares(io: Io, file: string): Promise<SharesInFile> {
  return sharesIn(file, await readBytes(io, file))
}

export async function readAllShares(io: Io, files: readonly string[]): Promise<readonly SharesInFile[]> {
  const read: SharesInFile[] = []
  for (const file of files) read.push(await readShares(io, file))
  return read
}

/** The one share of a file. @throws ChartsealError `shamir/…`, `pasted/…`; UsageError for more than one */
export async function readShareFile(io: Io, file: string, known?: Uint8Array): Promise<ShareEnvelope> {
  const { shares, refused } = sharesIn(file, known ?? (await readBytes(io, file)))
  const [error] = refused
  if (error !== undefined) throw error
  const [share, ...more] = shares
  if (share === undefined || more.length > 0)
    throw new UsageError(`${file} holds ${shares.length} shares, and this command takes one`)
  return share
}

function sharesIn(file: string, bytes: Uint8Array): SharesInFile {
  if (isVersion1(bytes))
    throw new UsageError(`${file} holds shares of version 1: give --v1 to split or combine`)
  return bytes[0] === envelopeByte ? envelopeIn(file, bytes) : textsIn(file, bytes)
}

// JSON begins with a brace; neither form of version 2 does.
function isVersion1(bytes: Uint8Array): boolean {
  const head = String.fromCharCode(...bytes.subarray(0, 64))
  return /^(\xef\xbb\xbf)?\s*\{/.test(head)
}

function envelopeIn(file: string, bytes: Uint8Array): SharesInFile {
  try {
    return { file, shares: [parseShare(bytes)], refused: [] }
  } catch (error) {
    if (error instanceof ChartsealError) return { file, shares: [], refused: [namingFile(file, error)] }
    throw error
  }
}

function textsIn(file: string, bytes: Uint8Array): SharesInFile {
  const { found, broken, refusal } = readPasted(bytes, { wanted: ['share'] })
  const reasons = broken.length > 0 ? broken.map(one => one.refusal) : [refusal]
  return {
    file,
    shares: found.map(({ text }) => parseShareText(text)),
    refused: reasons.flatMap(reason => (reason === null ? [] : [namingFile(file, reason)])),
  }
}

/** What a share is written as: text where there is one, unless bytes are asked for. */
export function shareData(share: ShareEnvelope, format: 'text' | 'bytes' | undefined): string | Uint8Array {
  const asText = format === undefined ? share.y.reveal().length <= maxTextShareBytes : format === 'text'
  return asText ? `${formatShare(share)}\n` : encodeShare(share)
}
