/** The words of the counter and of the ledger explorer: loaded with their screens, one table for each language. */
import { counterEn } from './en/counter.js'
import { explorerEn } from './en/explorer.js'
import { refusalsEn } from './en/refusals.js'
import { counterEs } from './es/counter.js'
import { explorerEs } from './es/explorer.js'
import { refusalsEs } from './es/refusals.js'
import type { Language, Texts } from './texts.js'
import { type WordsOf, wordsIn } from './words-in.js'

const counterTables = {
  en: { ...counterEn, ...explorerEn, ...refusalsEn },
  es: { ...counterEs, ...explorerEs, ...refusalsEs },
} satisfies Readonly<Record<Language, object>>

export type CounterKey = keyof typeof counterTables.en
export type CounterWords = WordsOf<CounterKey>

export const counterWordsOf = (texts: Texts): CounterWords => wordsIn(counterTables, texts)
