import type { Detector, Finding } from './detector.js'

/** SLIP-0039 mnemonics, one in each line: how many, and whether each word is one. No word is shown. */
export const mnemonicOf =
  (list: readonly string[] | null): Detector =>
  ({ text }): Finding | null => {
    if (text === null || !/^[a-z]{4,8}( [a-z]{4,8}){19,32}(\r?\n|$)/.test(text)) return null
    const lines = text.split(/\r?\n/).filter(line => line !== '')
    const words = new Set(list ?? [])
    const unknown = lines.findIndex(line => words.size > 0 && line.split(' ').some(word => !words.has(word)))
    const facts = { mnemonics: lines.length, words: lines[0]?.split(' ').length ?? 0 }
    const about = { kind: 'SLIP-0039 mnemonic', secret: true, facts }
    if (unknown < 0)
      return { ...about, refusal: null, notes: ['Checksums are checked by `shares mnemonic combine`.'] }
    const reason = `Line ${unknown + 1} has a word that is not in the list.`
    return { ...about, refusal: { stage: 'words', code: 'slip39/invalid-mnemonic', reason } }
  }
