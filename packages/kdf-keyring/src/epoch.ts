import { fromBigIntBE } from '@chartseal/core/bytes'

/** A calendar month in UTC as a number: (year − 1970) · 12 + month − 1, a u32. Made by `epochOf` only. */
export type Epoch = number & { readonly brand: 'Epoch' }

export const dayMs: number = 24 * 60 * 60 * 1000
/** How long the keys of an epoch still read after it ended, or after the ring moved past it if that is later. */
export const graceMs: number = 7 * dayMs
/** The last epoch whose months a `Date` can name. */
export const maxEpoch: number = (9999 - 1970) * 12 + 11

/** The epoch of a time. @throws RangeError before 1970 or after 9999 */
export function epochOf(timeMs: number): Epoch {
  const date = new Date(timeMs)
  return parseEpoch((date.getUTCFullYear() - 1970) * 12 + date.getUTCMonth())
}

/** @throws RangeError unless the number is an integer from 0 to the last month of 9999 */
export function parseEpoch(number: number): Epoch {
  if (Number.isInteger(number) && number >= 0 && number <= maxEpoch) return number as Epoch
  throw new RangeError(`a month must be a number from 0 to ${maxEpoch}, counted from January 1970`)
}

/** The first millisecond of an epoch. */
export function epochStart(epoch: number): number {
  return Date.UTC(1970 + Math.floor(epoch / 12), epoch % 12, 1)
}

/** The first millisecond after an epoch. */
export function epochEnd(epoch: number): number {
  return epochStart(epoch + 1)
}

/** `YYYY-MM`, for people. */
export function formatEpoch(epoch: Epoch): string {
  return new Date(epochStart(epoch)).toISOString().slice(0, 7)
}

/** u32, big-endian. */
export function epochBytes(epoch: number): Uint8Array {
  return fromBigIntBE(BigInt(epoch), 4)
}
