import { readFile } from 'node:fs/promises'
import { attempt } from '@chartseal/core/files'
import { parsePolicy } from '@chartseal/tlog'

/**
 * The text of a policy file, under which two histories cannot both be accepted.
 * @throws ChartsealError `files/failed`, `tlog/bad-policy`, `tlog/weak-policy`
 */
export async function readPolicy(path: string | null): Promise<string | null> {
  if (path === null) return null
  const text = await attempt('read', () => readFile(path, 'utf8'), path)
  parsePolicy(text)
  return text
}
