import { shamirError } from './errors.js'

/** 64 MiB. */
export const maxSecretBytes: number = 64 * 2 ** 20
export const maxShares = 255

/** @throws ChartsealError `shamir/bad-size` */
export function requireSize({ length }: Uint8Array): void {
  if (length < 1 || length > maxSecretBytes)
    throw shamirError('shamir/bad-size', { sizeBytes: length, maxBytes: maxSecretBytes })
}

/** @throws ChartsealError `shamir/bad-threshold` unless minimum <= threshold <= numShares <= 255 */
export function requireThreshold(threshold: number, numShares: number, minimum: number): void {
  const whole = Number.isInteger(threshold) && Number.isInteger(numShares)
  if (whole && minimum <= threshold && threshold <= numShares && numShares <= maxShares) return
  throw shamirError('shamir/bad-threshold', { threshold, numShares })
}
