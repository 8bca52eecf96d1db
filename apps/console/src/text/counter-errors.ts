/** What a person at a counter is told when a slip, a proof or a record is refused. */
import { refusalReason } from '@chartseal/clinic/prescriptions'
import { ChartsealError } from '@chartseal/core/errors'
import type { CounterKey, CounterWords } from './counter-words.js'
import { errorText } from './error-text.js'
import type { Texts } from './texts.js'

const known: Readonly<Record<string, CounterKey>> = {
  'slip/not-a-slip': 'counter.error.slip',
  'slip/other-content': 'counter.error.changed',
  'slip/signature': 'counter.error.signature',
  'prescription/other-terms': 'counter.error.terms',
  'prescription/not-dispensable': 'counter.error.state',
  'prescription/unresolved': 'counter.error.unresolved',
  'prescription/offline': 'counter.error.offline',
  'prescription/too-many-units': 'counter.error.units',
  'prescription/other-proof': 'counter.error.proof',
  'prescription/other-ledger': 'counter.error.proof',
  'ledger/bundle-future': 'counter.error.clock',
}

export function counterErrorText(error: unknown, words: CounterWords, texts: Texts): string {
  if (!(error instanceof ChartsealError)) return errorText(error, texts)
  const { code } = error
  const key = known[code] ?? kindOf(code)
  return key === null ? errorText(error, texts) : words(key, { code })
}

function kindOf(code: string): CounterKey | null {
  if (code.startsWith('medication/')) return 'counter.error.terms'
  return code.startsWith('ledger/') ? 'counter.error.proof' : null
}

/** Why the ledger took no record. */
export function refusalText(code: string, words: CounterWords): string {
  return words(`why.${refusalReason(code)}`, { code })
}
