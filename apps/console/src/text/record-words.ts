/** The words of records and links: loaded with their screens, one table for each language. */
import { linksEn } from './en/links.js'
import { recordsEn } from './en/records.js'
import { linksEs } from './es/links.js'
import { recordsEs } from './es/records.js'
import { filled, type Language, type Texts, type Values } from './texts.js'

export const recordTables = {
  en: { ...recordsEn, ...linksEn },
  es: { ...recordsEs, ...linksEs },
} satisfies Readonly<Record<Language, object>>

export type RecordKey = keyof typeof recordTables.en
export type Words = (key: RecordKey, values?: Values) => string

export function wordsOf({ language }: Texts): Words {
  const table: Readonly<Record<RecordKey, string>> = recordTables[language]
  return (key, values = {}) => filled(table[key], values)
}
