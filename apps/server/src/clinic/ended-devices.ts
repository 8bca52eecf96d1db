/**
 * Which devices were ended, in a file beside the log: a restored store is older than it, and would let them in again.
 */
import { open, readFile } from 'node:fs/promises'
import { attempt, systemCodeOf } from '@chartseal/core/files'
import type { Devices } from '../store.js'

const kidLine = /^[A-Za-z0-9_-]{43}$/

/** The key ids in the list; none where there is none. A line that a full disk cut is none. */
export async function readEnded(file: string): Promise<readonly string[]> {
  const text = readFile(file, 'utf8').catch((cause: unknown) => {
    if (['ENOENT', 'ENOTDIR'].includes(systemCodeOf(cause) ?? '')) return ''
    throw cause
  })
  const lines = (await attempt('read', () => text, file)).split('\n')
  return [...new Set(lines.filter(line => kidLine.test(line)))]
}

/** Adds key ids, durably, to a list that is made where there is none. @throws ChartsealError `files/failed` */
export async function noteEnded(file: string, kids: readonly string[]): Promise<void> {
  // Behind a line that was cut before, too.
  const lines = kids.length === 0 ? '' : `\n${kids.join('\n')}\n`
  await attempt('append', () => append(file, lines), file)
}

async function append(file: string, text: string): Promise<void> {
  const handle = await open(file, 'a', 0o600)
  try {
    await handle.write(text)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

const pageRows = 500

/** What the store knows and the list lacks: of an older version, or of a disk that was full. */
export async function completeEnded(file: string, devices: Devices): Promise<void> {
  const listed = new Set(await readEnded(file))
  const missing: string[] = []
  for (let afterKid = ''; ; ) {
    const page = await devices.list({ afterKid, limit: pageRows })
    missing.push(...page.filter(one => one.endedMs !== null && !listed.has(one.kid)).map(({ kid }) => kid))
    afterKid = page.at(-1)?.kid ?? afterKid
    if (page.length < pageRows) break
  }
  await noteEnded(file, missing)
}
