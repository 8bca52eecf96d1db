import type { Texts } from '../text/texts.js'

/** Up to when a prescription holds: the day that its doctor chose, or the time where it names none. */
export const untilText = (day: string, ms: number, texts: Texts): string =>
  day === '' ? texts.date(ms) : texts.day(day)
