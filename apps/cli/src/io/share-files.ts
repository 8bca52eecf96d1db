/** Shares of version 1 as files, one for each custodian. */
import { join } from 'node:path'
import { withoutBom } from '@chartseal/core/encoding'
import { ChartsealError } from '@chartseal/core/errors'
import {
  formatShareFile,
  joinShareFiles,
  parseShareFile,
  type Share,
  type ShareFile,
  type ShareFileSet,
} from '@chartseal/shamir/v1'
import { namingFile, readText } from './files.js'
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

/** @throws ChartsealError `shamir/mixed-sets`, `json/invalid` */
export async function readShareFiles(io: Io, files: readonly string[]): Promise<ShareFileSet> {
  const entries: ShareFile[] = []
  for (const file of files) entries.push(...sharesOf(file, await readText(io, file)))
  return joinShareFiles(entries)
}

function sharesOf(file: string, text: string): readonly ShareFile[] {
  try {
    return parseShareFile(withoutBom(text))
  } catch (error) {
    throw error instanceof ChartsealError ? namingFile(file, error) : error
  }
}
