/** The words of a screen that is loaded later. */
import { filled, type Language, type Texts, type Values } from './texts.js'

export type WordsOf<Key extends string> = (key: Key, values?: Values) => string

/** @param tables one for each language */
export function wordsIn<Key extends string>(
  tables: Readonly<Record<Language, Readonly<Record<Key, string>>>>,
  { language }: Texts,
): WordsOf<Key> {
  const { [language]: table } = tables
  return (key, values = {}) => filled(table[key], values)
}
