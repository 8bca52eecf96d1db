/** A care team: what the keeper spends on a removal, and whoever writes on a message. */
import type { Case, Contender } from '../measure.js'
import { ownTeamRemoves, ownTeamSeals } from '../peers/care-team.js'
import { mlsRemoves, mlsSeals } from '../peers/mls.js'
import { pairSeals } from '../peers/pairs.js'

/** With the keeper. */
const teamSizes = [8, 32] as const

export async function careTeams(): Promise<readonly Case[]> {
  return teamSizes.flatMap(count => [
    task(`team-remove-${count}`, `One of ${count} is removed from a care team`, 'commits/s', [
      ownTeamRemoves(count),
      mlsRemoves(count),
    ]),
    task(`team-seal-${count}`, `1 KiB for the other ${count - 1} of a care team`, 'messages/s', [
      ownTeamSeals(count),
      mlsSeals(count),
      pairSeals(count),
    ]),
  ])
}

function task(id: string, title: string, unit: Case['unit'], contenders: readonly Contender[]): Case {
  return { id, title, unit, perUnit: 1, contenders, warmUpMs: 2_000, sampleMs: 300 }
}
