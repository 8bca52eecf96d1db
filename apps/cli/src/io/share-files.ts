/** Shares of version 1 as files, one for each custodian. */
import { join } from 'node:path'
import {
  formatShareFile,
  joinShareFiles,
  parseShareFile,
  type Share,
  type ShareFile,
  type ShareFileSet,
} from '@chartseal/shamir/v1'
import { inFile, readText } from './files.js'
import type { Io } from './io.js'
import { writeAll } from './staged-files.js'

const setIdBytes = 8

export interface WriteSharesOptions {
  readonly threshold: number
  readonly force: boolean
}

/** Writes `share-<x>.json` for each share, readable by the owner only, and gives the names. */
export async function writeShareFiles(
  io: Io,
  folder: string,
  shares: readonly Share[],
  { threshold, force }: WriteSharesOptions,
): Promise<readonly string[]> {
  const names = { set: io.random.bytes(setIdBytes), threshold, numShares: shares.length }
  const files = shares.map(share => ({
    file: join(folder, `share-${share.x}.json`),
    data: formatShareFile(share, names),
    secret: true,
  }))
  await writeAll(io, folder, files, { force })
  return files.map(({ file }) => file)
}

/** @throws ChartsealError `json/invalid`, `shamir/mixed-sets` */
export async function readShareFiles(io: Io, files: readonly string[]): Promise<ShareFileSet> {
  const entries: ShareFile[] = []
  for (const file of files) {
    const text = await readText(io, file)
    entries.push(...(await inFile(file, () => parseShareFile(text))))
  }
  return joinShareFiles(entries)
}
