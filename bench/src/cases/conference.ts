/** The group key of a conference: what the controller spends on each who joins and each who is blocked. */
import type { Case, Contender } from '../measure.js'
import { ownBlocks, ownJoins } from '../peers/key-tree.js'
import { mlsRemoves } from '../peers/mls.js'
import { seedRule } from '../peers/seed-rule.js'

const conferenceSizes = [1_000, 10_000, 100_000] as const
export const seedRuleId = 'seed-rule-100000'
const inWords = (count: number): string => count.toLocaleString('en')

export async function conference(): Promise<readonly Case[]> {
  // First: what ts-mls leaves in the process made one of our joins take twice as long behind each collection.
  return [
    ...conferenceSizes.map(count =>
      task(`join-${count}`, `One joins a conference of ${inWords(count)}, with a commit of its own`, [
        ownJoins(count),
      ]),
    ),
    ...conferenceSizes.map(count =>
      task(`block-${count}`, `One of ${inWords(count)} is blocked, with a commit of its own`, [
        ownBlocks(count),
        ...(count === 1_000 ? [mlsRemoves(count), seedRule(count)] : []),
      ]),
    ),
    // By itself: the arrays that it leaves behind are collected for longer than one of our blocks takes.
    task(seedRuleId, `One of ${inWords(100_000)} is blocked, by the seed's rule`, [seedRule(100_000)]),
  ]
}

function task(id: string, title: string, contenders: readonly Contender[]): Case {
  return { id, title, unit: 'commits/s', perUnit: 1, contenders, warmUpMs: 3_000, sampleMs: 300 }
}
