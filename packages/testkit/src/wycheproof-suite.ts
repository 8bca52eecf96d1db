import { defaultEngine } from '@chartseal/core/engine'
import { type WycheproofRunners, wycheproofFormat } from '@chartseal/core/vectors'

/** A file of one group. */
export interface WycheproofFile {
  readonly schema: string
  readonly algorithm: string
  /** The fields of the group beside its tests. */
  readonly group?: object
}

/** Runs tests as a file of C2SP/wycheproof has them; `passed` for each, or the name of what its runner throws. */
export type RunWycheproof = (file: WycheproofFile, ...tests: readonly object[]) => Promise<readonly string[]>

/** What a package's own tests of its runners ask: does this runner notice that it is wrong? */
export function wycheproofSuite(runners: WycheproofRunners): RunWycheproof {
  return async ({ schema, algorithm, group = {} }, ...tests) => {
    const testGroups = [{ ...group, tests: tests.map((test, i) => ({ tcId: i, ...test })) }]
    const cases = wycheproofFormat(runners)({ schema, algorithm, testGroups }) ?? []
    return Promise.all(cases.map(one => outcomeOf(() => one.run(defaultEngine()))))
  }
}

async function outcomeOf(attempt: () => void | Promise<void>): Promise<string> {
  try {
    await attempt()
    return 'passed'
  } catch (error) {
    return error instanceof Error ? error.name : 'thrown'
  }
}
