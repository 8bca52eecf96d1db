/** Share envelopes as files: their bytes, or one line of `chartshare1…`. */
import { mkdir, stat } from 'node:fs/promises'
import { decodeUtf8, encodeUtf8 } from '@chartseal/core/encoding'
import {
  encodeShare,
  formatShare,
  maxTextShareBytes,
  parseShare,
  parseShareText,
  type ShareEnvelope,
} from '@chartseal/shamir'
import { UsageError } from './errors.js'
import { fileProblem, pathOf, readBytes, writeBytes } from './files.js'
import type { Io } from './io.js'

const textStart = encodeUtf8('chartshare1')

/** Whether these bytes begin like the text of a share. */
export function isShareText(bytes: Uint8Array): boolean {
  return textStart.every((byte, i) => bytes[i] === byte)
}

/** @throws ChartsealError `shamir/…` as `parseShare` and `parseShareText` do */
export async function readShareFile(io: Io, file: string, known?: Uint8Array): Promise<ShareEnvelope> {
  const bytes = known ?? (await readBytes(io, file))
  // JSON begins with a brace; neither form of version 2 does.
  if (bytes[0] === 0x7b)
    throw new UsageError(`${file} holds shares of version 1: give --v1 to split or combine`)
  return isShareText(bytes) ? parseShareText(decodeUtf8(bytes).replace(/\r?\n$/, '')) : parseShare(bytes)
}

/** What a share is written as: text where there is one, unless bytes are asked for. */
export function shareData(share: ShareEnvelope, format: 'text' | 'bytes' | undefined): string | Uint8Array {
  const asText = format === undefined ? share.y.length <= maxTextShareBytes : format === 'text'
  return asText ? `${formatShare(share)}\n` : encodeShare(share)
}

export interface NamedData {
  readonly file: string
  readonly data: string | Uint8Array
  readonly secret: boolean
}

/** Writes all or, when one of them exists and `force` is not given, none. */
export async function writeAll(
  io: Io,
  folder: string,
  all: readonly NamedData[],
  force: boolean,
): Promise<void> {
  try {
    await mkdir(pathOf(io, folder), { recursive: true, mode: 0o700 })
  } catch (error) {
    throw fileProblem('write', folder, error)
  }
  for (const { file } of force ? [] : all) await refuseExisting(io, file)
  for (const { file, data, secret } of all) await writeBytes(io, file, data, { force, secret })
}

/** Half of a new set beside half of an old one helps nobody. @throws UsageError */
export async function refuseExisting(io: Io, file: string): Promise<void> {
  const found = await stat(pathOf(io, file)).catch(() => null)
  if (found !== null) throw new UsageError(`cannot write ${file}: it exists already; --force replaces it`)
}
