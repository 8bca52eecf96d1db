import { ChartsealError } from '@chartseal/core/errors'
import fc from 'fast-check'

/** The code that `attempt` is refused with, or what else happened. */
export function codeOf(attempt: () => unknown): string {
  try {
    attempt()
    return 'accepted'
  } catch (error) {
    return error instanceof ChartsealError ? error.code : `${error}`
  }
}

/** fast-check settings: `SLOW=1` raises the runs, `FC_SEED` repeats a failing one. */
export function propertyRuns(numRuns = 100): { numRuns: number; seed?: number } {
  const { SLOW, FC_SEED } = process.env
  const runs = { numRuns: SLOW === '1' ? numRuns * 20 : numRuns }
  return FC_SEED === undefined ? runs : { ...runs, seed: Number(FC_SEED) }
}

const hostileParts = [
  '\ufeff', // byte order mark, and ZERO WIDTH NO-BREAK SPACE
  '\u00e9', // NFC …
  'e\u0301', // … and the same letter in NFD
  ' ',
  '\u00a0',
  '\u200b',
  '\u202e',
  '\n',
  '\r\n',
  '\0',
  '\u007f',
  '"',
  '\\',
  '__proto__',
  '\u{1f48a}',
]

/** As in testkit, which is built on core and so is not there for its tests. */
export const hostileText: fc.Arbitrary<string> = fc
  .array(fc.oneof(fc.constantFrom(...hostileParts), fc.string({ unit: 'binary', maxLength: 40 })), {
    maxLength: 4,
  })
  .map(parts => parts.join(''))
