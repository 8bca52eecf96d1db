/** The words of records and links: loaded with their screens, one table for each language. */
import { type RecordKey, recordsEn } from './records-en.js'
import { recordsEs } from './records-es.js'
import { filled, type Language, type Texts, type Values } from './texts.js'

export type { RecordKey } from './records-en.js'

const tables: Readonly<Record<Language, Readonly<Record<RecordKey, string>>>> = {
  en: recordsEn,
  es: recordsEs,
}

export type Words = (key: RecordKey, values?: Values) => string

export function wordsOf({ language }: Texts): Words {
  const table = tables[language]
  return (key, values = {}) => filled(table[key], values)
}
