/** Reads and verifies a transparency log of this package: no key, and no code that writes. */

export {
  decodeImportNotice,
  encodeImportNotice,
  type ImportNotice,
  importNotice,
} from './v2/import-notice.js'
export { type LeafHead, type LeafKind, readLeafHead } from './v2/leaf-head.js'
export {
  type FetchedFile,
  type FetchLike,
  type HttpSourceOptions,
  httpSource,
} from './v2/reader/http-source.js'
export { consistencyProof, inclusionProof, type ReadOptions, readLeaves, rootAt } from './v2/reader/proofs.js'
export { mapSource, maxFileBytes, type TileSource } from './v2/reader/source.js'
export type { TreeHead } from './v2/reader/tree.js'
export { openReceipt, type Receipt, type ReceiptOptions, receipt } from './v2/receipt.js'
export { type VerifyTreeOptions, verifyTree } from './v2/verify/examine.js'
export { type LogReport, type VerifyLogOptions, verifyLog } from './v2/verify/verify-log.js'
export {
  type Evidence,
  type Finding,
  type VerifyCode,
  type VerifyErrors,
  verifyError,
} from './v2/verify-errors.js'
