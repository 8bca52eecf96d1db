/** The content of prescriptions that this device signed: given out as slips, and destroyed. */

import type { Book } from './book.js'
import { errandOf, type Shredded, shred, staysAfterShredding } from './book.js'
import type { Reader } from './desk.js'
import { prescriptionError } from './errors.js'
import { makeSlip } from './slip.js'

/**
 * The slip for the patient, once the ledger has the prescription for good.
 * @throws ChartsealError `prescription/not-issued`, `prescription/unknown`, `prescription/shredded`, `slip/too-large`
 */
export async function slipOf(book: Book, txid: Uint8Array): Promise<string> {
  const { record, content, stage } = errandOf(book, txid)
  const { kind } = record.claims
  if (kind !== 'prescribe' && kind !== 'replace') throw prescriptionError('prescription/unknown', {})
  if (stage !== 'final') throw prescriptionError('prescription/not-issued', { stage })
  if (content === null) throw prescriptionError('prescription/shredded', {})
  return makeSlip(record.bytes, content)
}

/**
 * Destroys the content of a prescription on this device: in the book, and then in memory. Gives what stays.
 * @throws ChartsealError `prescription/unknown`, `prescription/unresolved`; what the shelf throws
 */
export async function destroyContent(
  { shelf }: Pick<Reader, 'shelf'>,
  txid: Uint8Array,
): Promise<Shredded['stays']> {
  const { content } = errandOf(shelf.book(), txid)
  await shelf.change(book => shred(book, txid).book)
  content?.rs.fill(0)
  content?.body.fill(0)
  return staysAfterShredding
}
