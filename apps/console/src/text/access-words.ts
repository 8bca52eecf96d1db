/** The words of who opened what: loaded with their screen, one table for each language. */
import { accessEn } from './en/access.js'
import { accessEs } from './es/access.js'
import type { Language, TextKey, Texts } from './texts.js'

export const accessTables = { en: accessEn, es: accessEs } satisfies Readonly<Record<Language, object>>

export type AccessKey = TextKey | keyof typeof accessTables.en
export type AccessTexts = Texts<AccessKey>

export const accessTextsOf = (texts: Texts): AccessTexts =>
  texts.with<keyof typeof accessTables.en>(accessTables[texts.language])
