/**
 * Whether two sets of times differ: Welch's t-test on all of them and on those below many limits, as interrupts make the
 * long ones (O. Reparaz, J. Balasch, I. Verbauwhede, "Dude, is my code constant time?", 2016).
 */

/** Beyond this, chance is no explanation: below it none was seen. */
export const thresholdT = 4.5
const limits = 100

export interface Samples {
  readonly fixed: readonly number[]
  readonly random: readonly number[]
}

/** The largest of all t, by size. */
export function largestT({ fixed, random }: Samples): number {
  const sorted = [...fixed, ...random].sort((a, b) => a - b)
  const all = welchT(fixed, random)
  const cropped = Array.from({ length: limits }, (_, i) => {
    const share = 1 - 0.5 ** ((10 * (i + 1)) / limits)
    const limit = sorted[Math.floor(share * sorted.length)] ?? Number.POSITIVE_INFINITY
    const below = (times: readonly number[]): readonly number[] => times.filter(time => time <= limit)
    return welchT(below(fixed), below(random))
  })
  return [all, ...cropped].reduce((largest, t) => (Math.abs(t) > Math.abs(largest) ? t : largest))
}

/** 0 for sets of fewer than two. */
export function welchT(first: readonly number[], second: readonly number[]): number {
  if (first.length < 2 || second.length < 2) return 0
  const [one, two] = [momentsOf(first), momentsOf(second)]
  const deviation = Math.sqrt(one.variance / first.length + two.variance / second.length)
  const difference = one.mean - two.mean
  if (deviation === 0) return difference === 0 ? 0 : Math.sign(difference) * Number.POSITIVE_INFINITY
  return difference / deviation
}

function momentsOf(values: readonly number[]): { readonly mean: number; readonly variance: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  return { mean, variance: squares / (values.length - 1) }
}

export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0
}
