/** The words of care teams: loaded with their screens, one table for each language. */
import { teamEn } from './en/team.js'
import { teamEs } from './es/team.js'
import type { Language, Texts } from './texts.js'
import { type WordsOf, wordsIn } from './words-in.js'

export const teamTables = { en: teamEn, es: teamEs } satisfies Readonly<Record<Language, object>>

export type TeamWords = WordsOf<keyof typeof teamTables.en>

export const teamWordsOf = (texts: Texts): TeamWords => wordsIn(teamTables, texts)
