/**
 * Prescriptions: what a prescriber signs, the slip that a patient shows, what a counter says and dispenses. It runs in
 * browsers. The ledger itself: `@chartseal/emr-ledger`.
 */

export { decodeBase45, encodeBase45 } from './prescriptions/base45.js'
export {
  type Book,
  type Errand,
  type ErrandStage,
  errandOf,
  errandsAbout,
  isOpenErrand,
  newBook,
  type Shredded,
  staysAfterShredding,
  withBook,
} from './prescriptions/book.js'
export { decodeBook, decodeErrand, encodeBook, encodeErrand } from './prescriptions/book-cbor.js'
export { destroyContent, slipOf } from './prescriptions/content.js'
export { canDispense, type Given, judgeAtCounter, type Verdict } from './prescriptions/counter.js'
export { type Delivery, deliver, deliverAll, settle, signAndSend } from './prescriptions/deliver.js'
export { type Desk, proofAbout, type Reader, type Shelf } from './prescriptions/desk.js'
export { duplicatesAmong, duplicatesInBook, isSameMedicine } from './prescriptions/duplicates.js'
export {
  type PrescriptionErrors,
  prescriptionError,
  type SlipErrors,
  slipError,
} from './prescriptions/errors.js'
export {
  type MedicineWords,
  medicineIn,
  namesOther,
  readBody,
  requireTerms,
} from './prescriptions/medicine.js'
export {
  bodyOf,
  missingIn,
  type NewOrder,
  type OrderField,
  type OrderForm,
} from './prescriptions/order.js'
export { type Outcome, outcomeOf, subjectOf } from './prescriptions/outcome.js'
export {
  type PreparedRecord,
  prepareAgain,
  prepareCancel,
  prepareDispense,
  prepareOrder,
  prepareReplace,
} from './prescriptions/prepare.js'
export { type CounterView, type HistoryEntry, historyOf, lookUp } from './prescriptions/reader.js'
export { type RefusalReason, refusalReason } from './prescriptions/refusal.js'
export {
  type CheckedSlip,
  checkSlip,
  fitsOneCode,
  makeSlip,
  maxBodyBytes,
  readSlip,
  type Slip,
  type SlipContent,
  slipsIn,
} from './prescriptions/slip.js'
export type { LedgerInfo, LedgerWay, ProofQuery, Submission } from './prescriptions/way.js'
