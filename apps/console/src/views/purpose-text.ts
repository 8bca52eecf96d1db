import type { Words } from '../text/record-words.js'

const known = ['TREAT', 'ETREAT', 'PATRQT', 'HPAYMT', 'HRESCH'] as const

/** A purpose of use in words where the page knows the code; the code otherwise. */
export function purposeText(code: string, words: Words): string {
  const found = known.find(one => one === code)
  return found === undefined ? code : words(`purpose.${found}`)
}
