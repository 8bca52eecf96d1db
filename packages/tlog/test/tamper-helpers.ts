/** What a verifier says of files, in short. */

import type { LogFiles, TestLog } from '@chartseal/testkit'
import { mapSource, verifyTree } from '@chartseal/tlog'
import { numbered } from './leaves.js'

export type Named = readonly [code: string, context: object]

export async function named(files: LogFiles, { head }: TestLog): Promise<readonly Named[]> {
  const findings = await verifyTree(mapSource(files), head, { rules: numbered })
  return findings.map(({ code, context }) => [code.replace('verify/', ''), { ...context }])
}
