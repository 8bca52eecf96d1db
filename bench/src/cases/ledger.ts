/** What verifying records of the ledger takes: version 1 and version 2, in blocks of 25. */
import { v1Chains, v1Records } from '../ledger/v1-chains.js'
import type { Case, Contender, Skipped } from '../measure.js'
import { nobleV1, ownV1, seedV1 } from '../peers/ledger-v1.js'
import { v2Contenders, v2Records } from '../peers/ledger-v2.js'

export const v1Case = 'ledger-v1'
export const v2Case = (algorithm: string): string => `ledger-v2-${algorithm.toLowerCase()}`
export const v2Algorithms = ['ES256', 'Ed25519'] as const

/** A chain of eight blocks: of 4,000 each block takes the same, as nothing but nonces is kept of those before it. */
export async function ledger(): Promise<readonly Case[]> {
  const chains = v1Chains()
  const cases = [
    task(v1Case, 'Records of ledger v1 verified, in blocks of 25', v1Records, [
      ownV1(chains),
      nobleV1(chains),
      seedV1(chains),
    ]),
  ]
  for (const algorithm of v2Algorithms) {
    const title = `Records of ledger v2 verified, ${algorithm}, in blocks of 25`
    cases.push(task(v2Case(algorithm), title, v2Records, await v2Contenders(algorithm)))
  }
  return cases
}

function task(
  id: string,
  title: string,
  records: number,
  contenders: readonly (Contender | Skipped)[],
): Case {
  return { id, title, unit: 'records/s', perUnit: records, contenders, warmUpMs: 3_000, sampleMs: 400 }
}
