/** How often laws and loops over faults are tried: `CHARTSEAL_GATE=1` is set by the gate, `SLOW=1` by whoever has a night. */
const { CHARTSEAL_GATE, CHARTSEAL_PLATFORM, SLOW, FC_SEED } = process.env

// The browser's side has the same code but for its primitives, which all vectors and laws of their own hold to Node's.
const isInGate = CHARTSEAL_GATE === '1' && CHARTSEAL_PLATFORM !== 'web'

/** `inGate` in the gate, on Node's side, and under `SLOW=1`; `elsewhere`, where a person waits, of what is slow. */
export function runsOf(inGate: number, elsewhere: number): number {
  return isInGate || SLOW === '1' ? inGate : elsewhere
}

/**
 * Where a fault strikes, of the places 0 to `count` - 1: at each of them in the gate; elsewhere at the first, the last
 * and `few` others, which `FC_SEED` draws anew.
 */
export function faultPlaces(count: number, few: number): readonly number[] {
  const all = Array.from({ length: count }, (_, place) => place)
  if (runsOf(1, 0) === 1) return all
  let seed = Number(FC_SEED ?? 1)
  const drawn = Array.from({ length: few }, () => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((seed / 2 ** 32) * count)
  })
  const taken = new Set([0, count - 1, ...drawn])
  return all.filter(place => taken.has(place))
}

/**
 * fast-check settings: the runs in the gate and, for a slow law, elsewhere. `SLOW=1` makes 20 times those of the
 * gate, `FC_SEED` repeats a failing one. A law is done in 280 s or has failed: a failure of something slow would
 * otherwise be made smaller for ever, and Vitest cannot end what does not wait.
 */
export function propertyRuns(inGate = 100, elsewhere: number = inGate): LawSettings {
  const isLong = SLOW === '1'
  const limits = { interruptAfterTimeLimit: 280_000, markInterruptAsFailure: true }
  return {
    numRuns: runsOf(inGate, elsewhere) * (isLong ? 20 : 1),
    ...(isLong ? {} : limits),
    ...(FC_SEED === undefined ? {} : { seed: Number(FC_SEED) }),
  }
}

interface LawSettings {
  readonly numRuns: number
  readonly seed?: number
  readonly interruptAfterTimeLimit?: number
  readonly markInterruptAsFailure?: boolean
}

/** What a test waits at most for something to come, in ms: it ends what hangs, and no test is judged by it. */
export const patienceMs: number = 240_000

/** The same for `vi.waitFor` and `vi.waitUntil`, which wait for one second by themselves. */
export const patience: { readonly timeout: number; readonly interval: number } = {
  timeout: patienceMs,
  interval: 20,
}
