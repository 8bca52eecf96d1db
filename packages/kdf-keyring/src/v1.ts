/**
 * The keys of MedCrypt, bit for bit: PBKDF2 over a shared secret, one key for each month.
 * Formulas and weaknesses: docs/spec/keyring-v1.md.
 */
export { type KeyringErrors, keyringError } from './errors.js'
export { type DeriveOptions, defaultIterations, derive, legacyDeriveKey, minIterations } from './v1/derive.js'
export { graceMs, legacyKeptMonths, type Month, monthOf, monthsForReading, parseMonth } from './v1/month.js'
export {
  KeyRing,
  type KeyRingOptions,
  legacyMonthSalt,
  monthKey,
  monthSalt,
  openWithRing,
} from './v1/ring.js'
