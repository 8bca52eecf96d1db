import { shamirError } from '../errors.js'

/** One share: the value at `x` of one polynomial for each byte of the secret. As secret as the secret. */
export interface Share {
  /** 1 to 255; public. */
  readonly x: number
  /** As long as the secret. */
  readonly y: Uint8Array
}

/** 64 MiB. */
export const maxSecretBytes: number = 64 * 2 ** 20
export const maxShares = 255

/** @throws ChartsealError `shamir/bad-size` */
export function requireSize(bytes: Uint8Array): void {
  const sizeBytes = bytes.length
  if (sizeBytes < 1 || sizeBytes > maxSecretBytes) {
    throw shamirError('shamir/bad-size', { sizeBytes, maxBytes: maxSecretBytes })
  }
}

/** @throws ChartsealError `shamir/bad-threshold` unless minimum <= threshold <= numShares <= 255 */
export function requireThreshold(threshold: number, numShares: number, minimum: number): void {
  const whole = Number.isInteger(threshold) && Number.isInteger(numShares)
  if (whole && minimum <= threshold && threshold <= numShares && numShares <= maxShares) return
  throw shamirError('shamir/bad-threshold', { threshold, numShares })
}

/**
 * Refuses a set that cannot come from one split. x = 0 would let one forged share dictate the secret.
 * @throws ChartsealError `shamir/bad-index`, `shamir/duplicate-index`, `shamir/bad-size`,
 * `shamir/mixed-lengths`
 */
export function requireSet(shares: readonly Share[]): void {
  const seen = new Set<number>()
  for (const { x, y } of shares) {
    if (!Number.isInteger(x) || x < 1 || x > maxShares) throw shamirError('shamir/bad-index', { index: x })
    if (seen.has(x)) throw shamirError('shamir/duplicate-index', { index: x })
    seen.add(x)
    requireSize(y)
    if (y.length !== shares[0]?.y.length) throw shamirError('shamir/mixed-lengths', { index: x })
  }
}
