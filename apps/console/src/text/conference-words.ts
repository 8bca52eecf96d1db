/** The words of conferences: loaded with their screens, one table for each language. */
import { conferenceEn } from './en/conference.js'
import { conferenceEs } from './es/conference.js'
import { filled, type Language, type Texts, type Values } from './texts.js'

export const conferenceTables = { en: conferenceEn, es: conferenceEs } satisfies Readonly<
  Record<Language, object>
>

export type ConferenceKey = keyof typeof conferenceTables.en
export type ConferenceWords = (key: ConferenceKey, values?: Values) => string

export function conferenceWordsOf({ language }: Texts): ConferenceWords {
  const table: Readonly<Record<ConferenceKey, string>> = conferenceTables[language]
  return (key, values = {}) => filled(table[key], values)
}
