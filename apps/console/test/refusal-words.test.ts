/** No person is told a code in place of words. */
import { prescriptionError, refusalReason, slipError } from '@chartseal/clinic/prescriptions'
import { ChartsealError } from '@chartseal/core/errors'
import { lightError } from '@chartseal/emr-ledger'
import { medicationError } from '@chartseal/emr-ledger/fhir'
import { beforeAll, describe, expect, it } from 'vitest'
import { ledgerProblems } from '../../server/dist/http/ledger-problems.js'
import { counterErrorText } from '../dist/text/counter-errors.js'
import { counterWordsOf } from '../dist/text/counter-words.js'
import { rxErrorKey } from '../dist/text/prescription-errors.js'
import { languages, loadWords, textsOf } from '../dist/text/texts.js'

beforeAll(() => Promise.all(languages.map(loadWords)))

const failed = (code: string): Error => new ChartsealError(code, 'a message', {})
/** The forms of the page keep these away from its screens. */
const elsewhere = ['prescription/incomplete', 'prescription/book']
/** What a doctor meets. */
const ofDoctors = ['closed', 'unknown', 'shredded', 'not-issued'].map(word => `prescription/${word}`)
/** What a pharmacist meets. */
const ofCounters = ['not-dispensable', 'too-many-units'].map(word => `prescription/${word}`)
const codes = [prescriptionError, slipError, medicationError, lightError].flatMap(({ codes: all }) => [
  ...(all as readonly string[]).filter(code => !elsewhere.includes(code)),
])

describe('words', () => {
  it('are there for whatever a prescription, a slip or a proof is refused with', () => {
    for (const language of languages) {
      const texts = textsOf(language, () => 0)
      const words = counterWordsOf(texts)
      for (const code of codes) {
        const isSlip = code.startsWith('slip/') && code !== 'slip/too-large'
        if (!ofCounters.includes(code) && !isSlip) expect(rxErrorKey(failed(code)), code).not.toBeNull()
        if (ofDoctors.includes(code) || code.endsWith('/too-large')) continue
        const text = counterErrorText(failed(code), words, texts)
        expect(text.replace(`(${code})`, ''), code).not.toContain(code)
      }
    }
  })

  it('are there for whatever the ledger refuses a record with', () => {
    // One that waits is sent again after a while, by itself.
    const refused = Object.keys(ledgerProblems).filter(code => !code.startsWith('ledger/pending-'))
    const stopped = ['ledger/clock', 'ledger/early', 'ledger/no-witness-time']
    expect([...refused, ...stopped].filter(code => refusalReason(code) === 'other')).toEqual([])
    expect(refusalReason('ledger/unreadable-refusal')).toBe('other')
    expect(refusalReason('')).toBe('number')
  })
})
