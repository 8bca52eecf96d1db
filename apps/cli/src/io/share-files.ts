/** Shares as files, one for each custodian: {"set", "threshold", "num_shares", "x", "y"}. */
import { join } from 'node:path'
import { encodeHex } from '@chartseal/core/encoding'
import { defineErrors, type ErrorFactory } from '@chartseal/core/errors'
import { JsonObject, toJsonText } from '@chartseal/core/json'
import type { Share } from '@chartseal/shamir/v1'
import { readText } from './files.js'
import type { Io } from './io.js'
import { writeAll } from './share-envelopes.js'

export interface ShareFileErrors {
  /** The files name different sets or thresholds. */
  'shares/mixed-sets': Record<never, never>
}

export const shareFileError: ErrorFactory<ShareFileErrors> = defineErrors<ShareFileErrors>({
  'shares/mixed-sets': 'These files belong to different splits.',
})

const setIdBytes = 8

export interface ShareSet {
  readonly shares: readonly Share[]
  /** `null` where no file tells it. */
  readonly threshold: number | null
}

export interface WriteSharesOptions {
  readonly threshold: number
  readonly force: boolean
}

/** Writes `share-<x>.json` for each share, readable by the owner only, and gives the names. */
export async function writeShares(
  io: Io,
  folder: string,
  shares: readonly Share[],
  { threshold, force }: WriteSharesOptions,
): Promise<readonly string[]> {
  const set = encodeHex(io.random.bytes(setIdBytes))
  const files = shares.map(share => {
    const fields = { set, threshold, num_shares: shares.length, x: share.x, y: share.y }
    return { file: join(folder, `share-${share.x}.json`), data: `${toJsonText(fields)}\n`, secret: true }
  })
  await writeAll(io, folder, files, force)
  return files.map(({ file }) => file)
}

/**
 * Reads files of one share, or of several in a list `shares`; everything but x and y may be absent.
 * @throws ChartsealError `shares/mixed-sets`, `json/invalid`
 */
export async function readShares(io: Io, files: readonly string[]): Promise<ShareSet> {
  const entries: JsonObject[] = []
  for (const file of files) entries.push(...entriesOf(JsonObject.parse(await readText(io, file))))
  const sets = new Set(entries.filter(entry => entry.has('set')).map(entry => entry.text('set')))
  const thresholds = new Set(
    entries.filter(entry => entry.has('threshold')).map(entry => entry.count('threshold')),
  )
  if (sets.size > 1 || thresholds.size > 1) throw shareFileError('shares/mixed-sets', {})
  const [threshold = null] = thresholds
  return { shares: entries.map(entry => ({ x: entry.count('x'), y: entry.hex('y') })), threshold }
}

function entriesOf(document: JsonObject): readonly JsonObject[] {
  return document.has('shares') ? document.objects('shares') : [document]
}
