/** The words about the page itself: loaded with their screen, one table for each language. */
import { aboutEn } from './en/about.js'
import { aboutEs } from './es/about.js'
import { filled, type Language, type Texts, type Values } from './texts.js'

export const aboutTables = { en: aboutEn, es: aboutEs } satisfies Readonly<Record<Language, object>>

export type AboutKey = keyof typeof aboutTables.en

export function aboutWordsOf({ language }: Texts): (key: AboutKey, values?: Values) => string {
  const table: Readonly<Record<AboutKey, string>> = aboutTables[language]
  return (key, values = {}) => filled(table[key], values)
}
