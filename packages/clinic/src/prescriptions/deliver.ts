/**
 * How a record reaches the ledger, and survives a lost answer: signed once, stored, and then sent, the same bytes as
 * often as it takes; what became of it is read from a proof.
 */
import { attach, type CheckedBundle, signWith } from '@chartseal/emr-ledger'
import { type Errand, errandOf, isOpenErrand, withErrand, withOutcome, withStage } from './book.js'
import { answered, type Desk, proofAbout } from './desk.js'
import { outcomeOf, subjectOf } from './outcome.js'
import type { PreparedRecord } from './prepare.js'
import type { Submission } from './way.js'

/**
 * What became of a record. `waiting`: in the ledger, not final yet. `no-answer`: it stays in the book and is sent again
 * by {@link deliver}. `never`: another record has its number or place; nothing happened by this one.
 */
export type Delivery =
  | { readonly kind: 'final'; readonly checked: CheckedBundle }
  | { readonly kind: 'waiting' | 'no-answer' | 'never' }
  | { readonly kind: 'refused'; readonly code: string }

/**
 * Signs what a person has read, stores it and sends it. Nothing is sent before it is stored.
 * @throws ChartsealError `ledger/signature`, `prescription/unresolved`; what the signer and the shelf throw
 */
export async function signAndSend(desk: Desk, { prepared, content }: PreparedRecord): Promise<Delivery> {
  const record = attach(prepared, [await signWith(prepared, desk.signer)])
  await desk.shelf.change(book => withErrand(book, record, content))
  return deliver(desk, record.txid)
}

/**
 * Sends a record of the book, the same bytes as before, and looks what became of it.
 * @throws ChartsealError `prescription/unknown`; as `checkBundle` for a proof that is false
 */
export async function deliver(desk: Desk, txid: Uint8Array): Promise<Delivery> {
  const { record, stage } = errandOf(desk.shelf.book(), txid)
  if (stage === 'never' || stage === 'final') return settle(desk, txid)
  const submission = await answered(desk.way.submit(record.bytes))
  if (submission === null) return { kind: 'no-answer' }
  if (submission.kind === 'taken') {
    await desk.shelf.change(book => withStage(book, txid, 'taken', ''))
    return settle(desk, txid)
  }
  // A refusal is a server's word: what is proven goes before it.
  const proven = await settle(desk, txid)
  if (proven.kind === 'final' || proven.kind === 'never') return proven
  const code = codeIn(submission)
  await desk.shelf.change(book => withStage(book, txid, 'refused', code))
  return { kind: 'refused', code }
}

/** The word of a server is kept and shown: whatever is none of the ledger's codes has one name. */
function codeIn({ code }: Extract<Submission, { readonly kind: 'refused' }>): string {
  return /^ledger\/[a-z0-9-]{1,64}$/.test(code) ? code : 'ledger/unreadable-refusal'
}

/**
 * Looks what became of a record, without sending it.
 * @throws ChartsealError `prescription/unknown`; as `checkBundle` for a proof that is false
 */
export async function settle(desk: Desk, txid: Uint8Array): Promise<Delivery> {
  const { record, stage } = errandOf(desk.shelf.book(), txid)
  if (stage === 'never') return { kind: 'never' }
  const checked = await proofAbout(desk, subjectOf(record))
  if (checked === null) return { kind: stage === 'taken' ? 'waiting' : 'no-answer' }
  const outcome = outcomeOf(record, checked, desk)
  await desk.shelf.change(book => withOutcome(book, txid, outcome))
  if (outcome === 'final') return { kind: 'final', checked }
  return { kind: outcome === 'never' ? 'never' : 'waiting' }
}

/**
 * Sends again whatever is under way, in the order of its numbers: after a start, and when the network is back. One that
 * fails holds up none of the others.
 * @throws what the first that failed threw, when all were tried
 */
export async function deliverAll(
  desk: Desk,
): Promise<readonly { readonly errand: Errand; readonly delivery: Delivery }[]> {
  const open = desk.shelf.book().errands.filter(isOpenErrand)
  const done: { errand: Errand; delivery: Delivery }[] = []
  const failed: { readonly reason: unknown }[] = []
  for (const { record } of open.toSorted((a, b) => (a.record.claims.seq < b.record.claims.seq ? -1 : 1))) {
    try {
      const delivery = await deliver(desk, record.txid)
      done.push({ errand: errandOf(desk.shelf.book(), record.txid), delivery })
    } catch (reason) {
      failed.push({ reason })
    }
  }
  const [first] = failed
  if (first !== undefined) throw first.reason
  return done
}
