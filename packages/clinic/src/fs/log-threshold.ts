import { logOfficerError } from './log-signer-errors.js'

/** More than half, so that two sets of signers always have one in common. @throws ChartsealError `log-officer/bad-threshold` */
export function requireThreshold(threshold: number, count: number): void {
  const isRight =
    Number.isInteger(threshold) &&
    threshold >= 2 &&
    threshold <= count &&
    2 * threshold > count &&
    count <= 32
  if (!isRight || count < 3) throw logOfficerError('log-officer/bad-threshold', { threshold, count })
}
