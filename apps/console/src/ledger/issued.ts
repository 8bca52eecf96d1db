/** Prescriptions that this device signed, as its screens show them: no secret is in it. */
import { type Book, type Errand, errandsAbout, medicineIn } from '@chartseal/clinic/prescriptions'
import { decodeBase64Url, encodeBase64Url } from '@chartseal/core/encoding'
import { dayIn } from './form.js'
import { msOf } from './seconds.js'

/**
 * `signed`: sealed here, and nobody answered yet; `taken`: in the ledger, not for good; `final`: for good; `not-sent`:
 * refused, or another record took its place.
 */
export type IssuedStage = 'signed' | 'taken' | 'final' | 'not-sent'
/** What this device did to it since; `…-under-way` until that is final. */
export type IssuedEnd = 'none' | 'under-way' | 'cancelled' | 'replaced'

export interface IssuedView {
  /** txid in base64url. */
  readonly id: string
  readonly patientId: string
  readonly medicine: string
  readonly dosage: string
  /** What one of its units is; empty where it is not said. */
  readonly unit: string
  readonly quantity: number
  readonly authoredMs: number
  readonly untilMs: number
  /** As it was written, a day; empty where the seconds say all. */
  readonly until: string
  readonly stage: IssuedStage
  /** Why it was not sent; empty otherwise. */
  readonly code: string
  readonly end: IssuedEnd
  readonly hasSlip: boolean
  /** What it says was destroyed here: it has neither words nor a patient. */
  readonly isShredded: boolean
}

export const txidIn = (id: string): Uint8Array => decodeBase64Url(id)

/** Whether an errand prescribes. */
export function isOrder({ record: { claims } }: Errand): boolean {
  return claims.kind === 'prescribe' || claims.kind === 'replace'
}

/** The newest first. @param sent ids whose slips have left */
export function issuedIn(book: Book, sent: ReadonlySet<string>): readonly IssuedView[] {
  return book.errands.flatMap(errand => viewOf(book, errand, sent)).toReversed()
}

function viewOf(
  book: Book,
  { record, content, stage, code }: Errand,
  sent: ReadonlySet<string>,
): IssuedView[] {
  const { claims, txid } = record
  if (claims.kind !== 'prescribe' && claims.kind !== 'replace') return []
  const id = encodeBase64Url(txid)
  const { medicine, dosage, unit } = medicineIn(content?.body ?? new Uint8Array())
  return [
    {
      id,
      ...{ medicine, dosage, unit },
      patientId: content?.patientId ?? '',
      quantity: claims.quantity,
      authoredMs: msOf(claims.authoredOn),
      untilMs: msOf(claims.validUntil),
      until: content === null ? '' : dayIn(content.body),
      stage: stage === 'refused' || stage === 'never' ? 'not-sent' : stage,
      code,
      end: endOf(book, txid),
      hasSlip: sent.has(id),
      isShredded: content === null,
    },
  ]
}

/** By another record of this device: whoever ended it elsewhere is seen in a proof. */
export function endOf(book: Book, txid: Uint8Array): IssuedEnd {
  const changes = errandsAbout(book, txid).filter(({ record: { claims } }) => 'previous' in claims)
  const done = changes.find(({ stage }) => stage === 'final')
  if (done !== undefined) return done.record.claims.kind === 'replace' ? 'replaced' : 'cancelled'
  return changes.some(({ stage }) => stage === 'signed' || stage === 'taken') ? 'under-way' : 'none'
}
