/** What bounds a split from above, whoever makes it. */
import { systemRandom } from '@chartseal/core/system'
import type { Fact } from '../facts.js'
import { type Case, inProcess, measure } from '../measure.js'
import { pattern } from '../pattern.js'
import { mebibyte, names, newMemory, type Shape, schemes } from './shamir.js'

/**
 * What a split of a MiB into new memory cannot do without: that memory, written once, and randomness.
 */
export async function splitLimits(): Promise<readonly Fact[]> {
  const facts: Fact[] = []
  for (const scheme of schemes) {
    const shape = { ...scheme, size: mebibyte }
    const value = await splitLimit(shape)
    const title = `split 1 MiB, ${names(shape)}, new memory and randomness alone, MB/s by CPU time`
    facts.push({ id: `split-limit-${scheme.threshold}-${scheme.numShares}`, title, value, unit: 'MB/s' })
  }
  return facts
}

async function splitLimit(shape: Shape): Promise<number> {
  const source = pattern(shape.size)
  const coefficients = newMemory({ ...shape, numShares: shape.threshold - 1 })
  const alone = inProcess(
    'memory and randomness',
    () => source,
    amount => {
      for (let i = 0; i < amount; i++) {
        for (const output of newMemory(shape)) output.set(source)
        for (const coefficient of coefficients) systemRandom.fill(coefficient)
      }
    },
  )
  const perUnit = shape.size / 1e6
  const task: Case = { id: '', title: '', unit: 'MB/s', perUnit, contenders: [alone] }
  const { rows } = await measure(task, 7)
  return rows[0]?.cpu.median ?? Number.NaN
}
