/** The words of break-glass: loaded with its screens, one table for each language. */
import { emergencyEn } from './en/emergency.js'
import { emergencyEs } from './es/emergency.js'
import type { Language, Texts } from './texts.js'
import { type WordsOf, wordsIn } from './words-in.js'

const emergencyTables = {
  en: emergencyEn,
  es: emergencyEs,
} satisfies Readonly<Record<Language, object>>

export type EmergencyKey = keyof typeof emergencyTables.en
export type EmergencyWords = WordsOf<EmergencyKey>

export const emergencyWordsOf = (texts: Texts): EmergencyWords => wordsIn(emergencyTables, texts)
