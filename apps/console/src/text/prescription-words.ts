/** The words of prescriptions: loaded with their screens, one table for each language. */
import { prescriptionsEn } from './en/prescriptions.js'
import { refusalsEn } from './en/refusals.js'
import { prescriptionsEs } from './es/prescriptions.js'
import { refusalsEs } from './es/refusals.js'
import type { Language, Texts } from './texts.js'
import { type WordsOf, wordsIn } from './words-in.js'

const prescriptionTables = {
  en: { ...prescriptionsEn, ...refusalsEn },
  es: { ...prescriptionsEs, ...refusalsEs },
} satisfies Readonly<Record<Language, object>>

export type RxKey = keyof typeof prescriptionTables.en
export type RxWords = WordsOf<RxKey>

export const rxWordsOf = (texts: Texts): RxWords => wordsIn(prescriptionTables, texts)
