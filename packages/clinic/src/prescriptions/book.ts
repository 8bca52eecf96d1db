/**
 * What a device remembers of the records that it signed. A record stands here before it is sent, so that a lost answer
 * is followed by the same bytes and never by a second record. Byte table: docs/spec/ledger-v2.md, "Book".
 */
import { equal } from '@chartseal/core/bytes'
import type { Anchor, LedgerRecord } from '@chartseal/emr-ledger'
import { prescriptionError } from './errors.js'
import { type Outcome, subjectOf } from './outcome.js'
import type { SlipContent } from './slip.js'

/**
 * `signed`: it may have been sent, and nobody answered; `taken`: it waits in the ledger; `final`; `refused`: `code` says
 * why; `never`: another record took its number or place.
 */
export type ErrandStage = 'signed' | 'taken' | 'final' | 'refused' | 'never'

/** One record on its way. */
export interface Errand {
  readonly record: LedgerRecord
  /** Of a prescription; `null` for other records, and when it was shredded. Secret. */
  readonly content: SlipContent | null
  readonly stage: ErrandStage
  /** Of the last refusal, or empty. */
  readonly code: string
}

export interface Book {
  /** What was proven last: no older proof is believed. */
  readonly anchor: Anchor
  /** In the order in which they were signed. */
  readonly errands: readonly Errand[]
}

/** A book without prescriptions, for the ledger of this anchor. */
export function newBook(anchor: Anchor): Book {
  return { anchor, errands: [] }
}

/** Whether it is known what became of it. A refusal is a server's word. */
export function isOpenErrand({ stage }: Errand): boolean {
  return stage === 'signed' || stage === 'taken'
}

/** @throws ChartsealError `prescription/unknown` */
export function errandOf({ errands }: Book, txid: Uint8Array): Errand {
  const found = errands.find(({ record }) => equal(record.txid, txid))
  if (found === undefined) throw prescriptionError('prescription/unknown', {})
  return found
}

/** The records of this device that are about one prescription. */
export function errandsAbout({ errands }: Book, prescription: Uint8Array): readonly Errand[] {
  return errands.filter(({ record }) => equal(subjectOf(record), prescription))
}

/**
 * Puts a record that was signed into the book: to be stored before it is sent. The same record again changes nothing.
 * @throws ChartsealError `prescription/unresolved` while another change of the same prescription is under way
 */
export function withErrand(book: Book, record: LedgerRecord, content: SlipContent | null): Book {
  if (book.errands.some(one => equal(one.record.txid, record.txid))) return book
  requireResolved(book, subjectOf(record))
  return { ...book, errands: [...book.errands, { record, content, stage: 'signed', code: '' }] }
}

/** @throws ChartsealError `prescription/unresolved` */
export function requireResolved(book: Book, prescription: Uint8Array): void {
  const open = errandsAbout(book, prescription).find(isOpenErrand)
  if (open !== undefined)
    throw prescriptionError('prescription/unresolved', { kind: open.record.claims.kind })
}

/** What a proof says of a record of this device. */
export function withOutcome(book: Book, txid: Uint8Array, outcome: Outcome): Book {
  return outcome === 'unknown' ? book : withStage(book, txid, outcome, '')
}

const isClosed = ({ stage }: Errand): boolean => stage === 'final' || stage === 'never'

/** What is final, or can never be, stays so. */
export function withStage(book: Book, txid: Uint8Array, stage: ErrandStage, code: string): Book {
  const errands = book.errands.map(errand =>
    equal(errand.record.txid, txid) && !isClosed(errand) ? { ...errand, stage, code } : errand,
  )
  return { ...book, errands }
}

/** What another device remembered, beside what is here; of another ledger, nothing. */
export function withBook(book: Book, { anchor, errands }: Book): Book {
  if (!equal(book.anchor.ledger, anchor.ledger)) return book
  const more = errands.filter(({ record }) => !book.errands.some(one => equal(one.record.txid, record.txid)))
  return withAnchor(more.length === 0 ? book : { ...book, errands: [...book.errands, ...more] }, anchor)
}

/** An older anchor than the one that is there changes nothing. */
export function withAnchor(book: Book, anchor: Anchor): Book {
  return anchor.height > book.anchor.height ? { ...book, anchor } : book
}

/**
 * The number for the next record: the first from what the ledger says on that nothing under way here has. A gap is
 * filled, so that a ledger that once named a number far ahead stops nobody for good.
 */
export function numberFor({ errands }: Book, signer: Uint8Array, ledgerSays: bigint): bigint {
  const own = errands.filter(errand => isOpenErrand(errand) && equal(errand.record.claims.signer, signer))
  const taken = new Set(own.map(({ record }) => record.claims.seq))
  let next = ledgerSays
  while (taken.has(next)) next += 1n
  return next
}

/** What no shredding on a device takes back: the page says it before and after. */
export const staysAfterShredding = [
  'who-prescribed',
  'when',
  'how-much',
  'dispensings',
  'slips-given-out',
] as const

export interface Shredded {
  /** To be stored where older copies are overwritten. */
  readonly book: Book
  /** In the ledger for good, and with whoever has the slip. */
  readonly stays: typeof staysAfterShredding
}

/**
 * The book without the content, and without the secret that leads from the ledger to it.
 * @throws ChartsealError `prescription/unknown`, `prescription/unresolved` while nobody knows whether it was issued
 */
export function shred(book: Book, txid: Uint8Array): Shredded {
  const errand = errandOf(book, txid)
  if (isOpenErrand(errand))
    throw prescriptionError('prescription/unresolved', { kind: errand.record.claims.kind })
  const errands = book.errands.map(one => (one === errand ? { ...one, content: null } : one))
  return { book: { ...book, errands }, stays: staysAfterShredding }
}
