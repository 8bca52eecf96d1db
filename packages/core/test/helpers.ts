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

/** As in testkit, which core cannot import: `inGate` in the gate, on Node's side, and under `SLOW=1`; `elsewhere` of what is slow. */
export function runsOf(inGate: number, elsewhere: number): number {
  const { CHARTSEAL_GATE, CHARTSEAL_PLATFORM, SLOW } = process.env
  const isInGate = CHARTSEAL_GATE === '1' && CHARTSEAL_PLATFORM !== 'web'
  return isInGate || SLOW === '1' ? inGate : elsewhere
}

/** fast-check settings as in testkit: `SLOW=1` raises the runs, `FC_SEED` repeats a failing one, 280 s are the end. */
export function propertyRuns(inGate = 100, elsewhere = inGate) {
  const { SLOW, FC_SEED } = process.env
  const isLong = SLOW === '1'
  return {
    numRuns: runsOf(inGate, elsewhere) * (isLong ? 20 : 1),
    ...(isLong ? {} : { interruptAfterTimeLimit: 280_000, markInterruptAsFailure: true }),
    ...(FC_SEED === undefined ? {} : { seed: Number(FC_SEED) }),
  }
}

/** As in testkit: it ends what hangs, and no test is judged by it. */
export const patienceMs = 240_000
export const patience = { timeout: patienceMs, interval: 20 } as const

/** Any Unicode scalar value; many of them ASCII. */
const scalar = fc
  .oneof(fc.nat(0x7f), fc.nat(0xd7ff), fc.integer({ min: 0xe000, max: 0x10ffff }))
  .map(value => String.fromCodePoint(value))

/** Well-formed text; `fc.string` with the unit "binary" takes seconds to make its table of all characters. */
export const anyText = (limits: { minLength?: number; maxLength?: number } = {}): fc.Arbitrary<string> =>
  fc.array(scalar, limits).map(characters => characters.join(''))

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
  .array(fc.oneof(fc.constantFrom(...hostileParts), anyText({ maxLength: 40 })), {
    maxLength: 4,
  })
  .map(parts => parts.join(''))
