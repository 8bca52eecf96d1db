/** The words of care teams: loaded with their screens, one table for each language. */
import { teamEn } from './en/team.js'
import { teamEs } from './es/team.js'
import { filled, type Language, type Texts, type Values } from './texts.js'

export const teamTables = { en: teamEn, es: teamEs } satisfies Readonly<Record<Language, object>>

export type TeamKey = keyof typeof teamTables.en
export type TeamWords = (key: TeamKey, values?: Values) => string

export function teamWordsOf({ language }: Texts): TeamWords {
  const table: Readonly<Record<TeamKey, string>> = teamTables[language]
  return (key, values = {}) => filled(table[key], values)
}
