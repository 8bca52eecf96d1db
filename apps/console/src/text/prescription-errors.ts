/** What a doctor or a patient is told when a prescription, a proof or a record is refused. */
import { ChartsealError } from '@chartseal/core/errors'
import type { RxKey } from './prescription-words.js'

const known: Readonly<Record<string, RxKey>> = {
  'console/offline': 'rx.error.unanswered',
  'prescription/offline': 'rx.error.unanswered',
  'prescription/unresolved': 'rx.error.unresolved',
  'prescription/closed': 'rx.error.closed',
  'prescription/other-ledger': 'rx.error.other-ledger',
  'prescription/other-proof': 'rx.error.proof',
  'prescription/other-terms': 'rx.error.terms',
  'prescription/unknown': 'rx.gone',
  'prescription/shredded': 'issued.shredded',
  'prescription/not-issued': 'rx.error.not-issued',
  'slip/too-large': 'rx.error.long',
  'medication/too-large': 'rx.error.long',
  'medication/invalid': 'rx.error.text',
  'ledger/bundle-future': 'rx.error.clock',
  'ledger/signature': 'rx.error.key',
}

/** `null` for what is not of prescriptions alone. */
export function rxErrorKey(error: unknown): RxKey | null {
  if (!(error instanceof ChartsealError)) return null
  const { code } = error
  return known[code] ?? kindOf(code)
}

function kindOf(code: string): RxKey | null {
  if (code.startsWith('medication/')) return 'rx.error.terms'
  return code.startsWith('ledger/') ? 'rx.error.proof' : null
}
