/**
 * The log that the server of a clinic keeps of itself: public leaves that say nothing, entries that its parties open.
 * Specification: docs/spec/clinic-api.md.
 */
export {
  type AccessAct,
  type AccessEntry,
  accessActs,
  accessCommitment,
  decodeAccessEntry,
  encodeAccessEntry,
  saltBytes,
} from './access/entry.js'
export {
  type ClinicContent,
  type ClinicLeaf,
  type ClinicRequest,
  clinicLeafCodec,
  clinicLeafRules,
  decodeClinicLeaf,
  maxSealedBytes,
} from './access/leaf.js'
export { type ClinicReceipt, openAccessEntry, openClinicReceipt } from './access/receipt.js'
export { type PurposeOfUse, purposesOfUse } from './purpose-of-use.js'
export { type ReceiptOptions, receipt } from './receipt.js'
