/** The groups of checks, in order. */

import type { CheckResult } from '../dist/page/findings.js'
import { checkContenders } from './checks/contenders.js'
import { checkEngines } from './checks/engines.js'
import { checkRoundTrips } from './checks/round-trips.js'
import { checkVectors } from './checks/vectors.js'
import { checkWorkers } from './checks/workers.js'
import { nextTask } from './next-task.js'
import type { CheckName, Situation } from './situation.js'
import { Tally } from './tally.js'

type Check = (tally: Tally, situation: Situation) => void | Promise<void>

const checks: Readonly<Record<CheckName, Check>> = {
  engines: checkEngines,
  workers: checkWorkers,
  'round trips': checkRoundTrips,
  vectors: checkVectors,
  contenders: checkContenders,
}

export async function runChecks(
  situation: Situation,
  onResult: (result: CheckResult) => void,
): Promise<readonly CheckResult[]> {
  const results: CheckResult[] = []
  for (const name of situation.checks) {
    const tally = new Tally()
    await tally.try(name, () => checks[name](tally, situation))
    const result = tally.result(name)
    results.push(result)
    onResult(result)
    await nextTask()
  }
  return results
}
