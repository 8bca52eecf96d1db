/** What a verifier says of files, in short. */
import { mapSource, verifyTree } from '@chartseal/audit/verify'
import type { Files, TestLog } from './log-builder.js'

export type Named = readonly [code: string, context: object]

export async function named(files: Files, { head }: TestLog): Promise<readonly Named[]> {
  const findings = await verifyTree(mapSource(files), head)
  return findings.map(({ code, context }) => [code.replace('verify/', ''), { ...context }])
}
