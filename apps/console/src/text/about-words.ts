/** The words about the page itself: loaded with their screen, one table for each language. */
import { aboutEn } from './en/about.js'
import { aboutEs } from './es/about.js'
import type { Language, Texts } from './texts.js'
import { type WordsOf, wordsIn } from './words-in.js'

export const aboutTables = { en: aboutEn, es: aboutEs } satisfies Readonly<Record<Language, object>>

export type AboutKey = keyof typeof aboutTables.en

export const aboutWordsOf = (texts: Texts): WordsOf<AboutKey> => wordsIn(aboutTables, texts)
