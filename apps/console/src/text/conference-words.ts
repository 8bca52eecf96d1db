/** The words of conferences: loaded with their screens, one table for each language. */
import { conferenceEn } from './en/conference.js'
import { conferenceEs } from './es/conference.js'
import type { Language, Texts } from './texts.js'
import { type WordsOf, wordsIn } from './words-in.js'

export const conferenceTables = { en: conferenceEn, es: conferenceEs } satisfies Readonly<
  Record<Language, object>
>

export type ConferenceWords = WordsOf<keyof typeof conferenceTables.en>

export const conferenceWordsOf = (texts: Texts): ConferenceWords => wordsIn(conferenceTables, texts)
