/** The words of records and links: loaded with their screens, one table for each language. */
import { linksEn } from './en/links.js'
import { recordsEn } from './en/records.js'
import { linksEs } from './es/links.js'
import { recordsEs } from './es/records.js'
import type { Language, Texts } from './texts.js'
import { type WordsOf, wordsIn } from './words-in.js'

export const recordTables = {
  en: { ...recordsEn, ...linksEn },
  es: { ...recordsEs, ...linksEs },
} satisfies Readonly<Record<Language, object>>

export type RecordKey = keyof typeof recordTables.en
export type Words = WordsOf<RecordKey>

export const wordsOf = (texts: Texts): Words => wordsIn(recordTables, texts)
