/**
 * The same medicine for the same patient twice. The ledger cannot see it, as it does not know who the patient is: whoever
 * has the slips compares them, before anybody stands at a counter.
 */
import { equal } from '@chartseal/core/bytes'
import { type Book, type Errand, errandsAbout } from './book.js'
import { medicineKeys } from './medicine.js'
import { subjectOf } from './outcome.js'
import type { PreparedRecord } from './prepare.js'
import type { SlipContent } from './slip.js'

type Compared = Pick<SlipContent, 'body' | 'patientId'>

/** Whether both are for one patient, and share a code of a medicine or its name. */
export function isSameMedicine(one: Compared, other: Compared): boolean {
  if (one.patientId.normalize('NFC') !== other.patientId.normalize('NFC')) return false
  const keys = medicineKeys(one.body)
  return [...medicineKeys(other.body)].some(key => keys.has(key))
}

/** Pairs among slips, each once, in their order: for a patient's list, and for those scanned at one counter. */
export function duplicatesAmong<Item extends Compared>(
  slips: readonly Item[],
): readonly (readonly [Item, Item])[] {
  return slips.flatMap((one, i) =>
    slips.slice(i + 1).flatMap(other => (isSameMedicine(one, other) ? [[one, other] as const] : [])),
  )
}

/**
 * Prescriptions of this device that are open as far as it knows, with the same medicine for the same patient as what is
 * to be signed; but for the one in whose place it comes.
 */
export function duplicatesInBook(
  book: Book,
  { prepared, content: order }: PreparedRecord,
  nowSeconds: bigint,
): readonly Errand[] {
  if (order === null) return []
  const replaced = subjectOf({ claims: prepared.claims, txid: prepared.digest })
  return book.errands.filter(({ content, record, stage }) => {
    const { claims, txid } = record
    if (content === null || stage === 'never' || stage === 'refused' || equal(txid, replaced)) return false
    if (claims.kind !== 'prescribe' && claims.kind !== 'replace') return false
    return claims.validUntil > nowSeconds && !isEnded(book, txid) && isSameMedicine(content, order)
  })
}

/** Whether this device has ended it. */
function isEnded(book: Book, prescription: Uint8Array): boolean {
  return errandsAbout(book, prescription).some(
    ({ record, stage }) =>
      stage === 'final' && (record.claims.kind === 'cancel' || record.claims.kind === 'replace'),
  )
}
