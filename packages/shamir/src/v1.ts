/**
 * The emergency shares of MedCrypt, bit for bit: GF(2^8) modulo 0x11B, a share is (x, y).
 * Formulas and weaknesses: docs/spec/shamir-v1.md.
 */
export { type ShamirErrors, shamirError } from './errors.js'
export { maxSecretBytes, maxShares } from './limits.js'
export type { Share } from './polynomial.js'
export { type CombineOptions, combine, legacyCombine } from './v1/combine.js'
export {
  formatShareFile,
  joinShareFiles,
  parseShareFile,
  type ShareFile,
  type ShareFileNames,
  type ShareFileSet,
} from './v1/share-file.js'
export { type SplitOptions, split } from './v1/split.js'
