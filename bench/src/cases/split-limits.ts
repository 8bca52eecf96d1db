/** What bounds shares and secrets in new memory from above, whoever computes them. */
import { systemRandom } from '@chartseal/core/system'
import type { Fact } from '../facts.js'
import { settle } from '../garbage.js'
import { type Case, inProcess, measure } from '../measure.js'
import { pattern } from '../pattern.js'
import { mebibyte, names, newArrays, schemes } from './shamir.js'

/** Memory for the results, written once, and randomness. */
export async function splitLimits(): Promise<readonly Fact[]> {
  const facts = [await limitFact('combine-limit', 'combine 1 MiB, new memory', 1, 0)]
  for (const scheme of schemes) {
    const { threshold, numShares } = scheme
    const title = `split 1 MiB, ${names(scheme)}, new memory and randomness`
    facts.push(await limitFact(`split-limit-${threshold}-${numShares}`, title, numShares, threshold - 1))
  }
  return facts
}

async function limitFact(id: string, what: string, numOutputs: number, numRandom: number): Promise<Fact> {
  const source = pattern(mebibyte)
  const coefficients = newArrays(numRandom, mebibyte)
  const alone = inProcess(
    what,
    () => source,
    amount => {
      for (let i = 0; i < amount; i++) {
        for (const output of newArrays(numOutputs, mebibyte)) output.set(source)
        for (const coefficient of coefficients) systemRandom.fill(coefficient)
      }
    },
  )
  const perUnit = mebibyte / 1e6
  const task: Case = { id, title: what, unit: 'MB/s', perUnit, contenders: [alone] }
  const { rows } = await measure(task, { samples: 7, settle })
  const value = Math.round(rows[0]?.cpu.median ?? Number.NaN)
  return { id, title: `${what} alone, MB of secret by CPU time`, value, unit: 'MB/s' }
}
