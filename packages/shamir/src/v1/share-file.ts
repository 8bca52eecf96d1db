/** A share in a JSON file, one for each custodian. Format: docs/spec/shamir-v1.md. */
import { JsonObject, toJsonText } from '@chartseal/core/json'
import { shamirError } from '../errors.js'
import type { Share } from '../polynomial.js'

/** What the files of one split have in common. */
export interface ShareFileNames {
  /** 8 random bytes, the same in all files of one split. */
  readonly set: Uint8Array
  readonly threshold: number
  readonly numShares: number
}

/** One share of a file; a file of a bare pair names neither set nor threshold. */
export interface ShareFile extends Share {
  readonly set: string | null
  readonly threshold: number | null
}

export interface ShareFileSet {
  readonly shares: readonly Share[]
  /** `null` where no file names it. */
  readonly threshold: number | null
}

/** One line of JSON. As secret as the share. */
export function formatShareFile({ x, y }: Share, { set, threshold, numShares }: ShareFileNames): string {
  return `${toJsonText({ set, threshold, num_shares: numShares, x, y })}\n`
}

/** Reads one share, or several in a list `shares`; everything but x and y may be absent. @throws ChartsealError `json/invalid` */
export function parseShareFile(text: string): readonly ShareFile[] {
  const document = JsonObject.parse(text)
  const entries = document.has('shares') ? document.objects('shares') : [document]
  return entries.map(entry => ({
    x: entry.count('x'),
    y: entry.hex('y'),
    set: entry.has('set') ? entry.text('set') : null,
    threshold: entry.has('threshold') ? entry.count('threshold') : null,
  }))
}

/** @throws ChartsealError `shamir/mixed-sets` when the files name different sets or thresholds */
export function joinShareFiles(files: readonly ShareFile[]): ShareFileSet {
  const sets = distinct(files.map(({ set }) => set))
  const thresholds = distinct(files.map(({ threshold }) => threshold))
  if (sets.length > 1) throw shamirError('shamir/mixed-sets', { setIds: sets })
  if (thresholds.length > 1)
    throw shamirError('shamir/mixed-sets', { setIds: thresholds.map(count => `with threshold ${count}`) })
  return { shares: files.map(({ x, y }) => ({ x, y })), threshold: thresholds[0] ?? null }
}

function distinct<Value>(values: readonly (Value | null)[]): readonly Value[] {
  return [...new Set(values.filter(value => value !== null))]
}
