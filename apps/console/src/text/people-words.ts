/** The words of lists of people: loaded with the screens that invite, one table for each language. */
import { peopleEn } from './en/people.js'
import { peopleEs } from './es/people.js'
import type { Language, Texts } from './texts.js'
import { type WordsOf, wordsIn } from './words-in.js'

export const peopleTables = { en: peopleEn, es: peopleEs } satisfies Readonly<Record<Language, object>>

export const peopleWordsOf = (texts: Texts): WordsOf<keyof typeof peopleEn> => wordsIn(peopleTables, texts)
