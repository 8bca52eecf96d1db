/** The words of the page: one table for each language, and a missing word does not compile. */
import type { TextKey } from './en.js'

export type { TextKey } from './en.js'
export type Language = 'en' | 'es'
export const languages: readonly Language[] = ['es', 'en']

export type Values = { readonly [name: string]: string | number }
type Plurals<Key extends string> = Key extends `${infer Base}.one` ? Base : never

export interface Texts<Key extends string = TextKey> {
  readonly language: Language
  t(key: Key, values?: Values): string
  /** `{count}` in the form that the language has for it. */
  n(key: Plurals<Key>, count: number, values?: Values): string
  /** With the words of a screen that is loaded later. */
  with<More extends string>(table: Readonly<Record<More, string>>): Texts<Key | More>
  /** A day and time of this year; with the year otherwise. */
  when(ms: number): string
  time(ms: number): string
  /** Day, year and time, for what is read later, such as on paper. */
  date(ms: number): string
  /** Of `2026-09-30`: that day wherever it is read. */
  day(text: string): string
  /** Of `2026-09`. */
  month(text: string): string
  size(bytes: number): string
}

type Table = Readonly<Record<TextKey, string>>

const loads: Readonly<Record<Language, () => Promise<Table>>> = {
  en: async () => (await import('./en.js')).en,
  es: async () => (await import('./es.js')).es,
}

/** A page speaks one language, most of the time: the words of another one are loaded when it is chosen. */
const tables: Partial<Record<Language, Table>> = {}

/** Before that, `textsOf` has no word of it. */
export async function loadWords(language: Language): Promise<void> {
  tables[language] ??= await loads[language]()
}

export interface Region {
  /** How days and numbers are written, such as `en-GB`; the language's own way unless given. */
  readonly locale?: string
  readonly timeZone?: string
}

type Written = Omit<Texts, 'language' | 't' | 'n' | 'with'>

export function textsOf(language: Language, nowMs: () => number, region: Region = {}): Texts {
  const plural = new Intl.PluralRules(language)
  const shared = { language, ...writtenIn(language, nowMs, region) }
  const made = <Key extends string>(table: Readonly<Record<string, string>>): Texts<Key> => {
    const t = (key: string, values: Values = {}): string => filled(table[key] ?? '', values)
    return {
      ...shared,
      t,
      n: (key, count, values = {}) =>
        t(plural.select(count) === 'one' ? `${key}.one` : `${key}.other`, { ...values, count }),
      with: more => made({ ...table, ...more }),
    }
  }
  return made(tables[language] ?? {})
}

function writtenIn(
  language: Language,
  nowMs: () => number,
  { locale = language, timeZone }: Region,
): Written {
  const zone = timeZone === undefined ? {} : { timeZone }
  const time = new Intl.DateTimeFormat(locale, { timeStyle: 'short', ...zone })
  const day = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short', ...zone })
  const date = new Intl.DateTimeFormat(locale, { dateStyle: 'short', ...zone })
  const month = new Intl.DateTimeFormat(locale, { month: 'long', year: 'numeric', timeZone: 'UTC' })
  const wholeDay = new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeZone: 'UTC' })
  const number = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 })
  return {
    when: ms => written(written(date, ms) === written(date, nowMs()) ? time : day, ms),
    time: ms => written(time, ms),
    date: ms => written(day, ms),
    day: text => written(wholeDay, Date.parse(`${text}T00:00:00Z`)),
    month: text => written(month, Date.parse(`${text}-01T00:00:00Z`)),
    size: bytes =>
      bytes < 1_000
        ? `${bytes} B`
        : bytes < 1_000_000
          ? `${number.format(bytes / 1_000)} kB`
          : `${number.format(bytes / 1_000_000)} MB`,
  }
}

/** The last time that the language's calendar has (ECMA-262, 21.4.1.1). */
const lastMs = 8.64e15

/** A time that is none, whoever named it, is empty: a screen is drawn all the same. */
const written = (format: Intl.DateTimeFormat, ms: number): string =>
  Math.abs(ms) <= lastMs ? format.format(ms) : ''

/** A text with its `{names}` filled in. */
export const filled = (text: string, values: Values): string =>
  text.replace(/\{(\w+)\}/g, (whole, name: string) => `${values[name] ?? whole}`)

/** The first wished one of this language, so that days are written as people there write them. */
export function regionOf(language: Language, wished: readonly string[]): Region {
  const locale = wished.find(one => one.toLowerCase().startsWith(`${language}-`))
  return locale === undefined ? {} : { locale }
}

/** That of the person, of the browser, or English. */
export function chooseLanguage(kept: string | null, wished: readonly string[]): Language {
  const known = [...(kept === null ? [] : [kept]), ...wished].map(one => one.slice(0, 2).toLowerCase())
  return languages.find(language => language === known.find(one => one === 'es' || one === 'en')) ?? 'en'
}
