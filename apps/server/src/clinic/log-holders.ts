/** Officers who hold the key of a log together, as the words of a command name them. */
import { readFile } from 'node:fs/promises'
import { requireThreshold } from '@chartseal/clinic/fs/log'
import { type LogOfficer, parseOfficers } from '@chartseal/clinic/fs/log-signer'
import { attempt } from '@chartseal/core/files'
import { commandError, type Given } from '../command.js'
import type { DataPaths } from '../data-folder.js'

export interface LogHolders {
  /** So many of them sign. */
  readonly threshold: number
  readonly officers: readonly LogOfficer[]
}

export const holderFlags = {
  'log-key': {
    help: '2-of-3: officers hold the key of the log, and so many of so many sign; by default the server has it',
  },
  'log-signers': { help: 'the file with these officers, a line each: NAME KEY URL' },
} as const

/** `null` where none are named. @throws ChartsealError `command/usage`, `log-officer/bad-list`, `log-officer/bad-threshold` */
export async function holdersOf({
  'log-key': key,
  'log-signers': file,
}: Given['own']): Promise<LogHolders | null> {
  if (key === undefined && file === undefined) return null
  const [, least, count] = /^(\d{1,2})-of-(\d{1,2})$/.exec(key ?? '') ?? []
  if (file === undefined || least === undefined)
    throw commandError('command/usage', {
      reason: 'The options --log-key 2-of-3 and --log-signers must be given together.',
    })
  const officers = parseOfficers(await attempt('read', () => readFile(file, 'utf8'), file))
  if (officers.length !== Number(count))
    throw commandError('command/usage', {
      reason: `The file ${file} must name ${count} officers; it names ${officers.length}.`,
    })
  requireThreshold(Number(least), officers.length)
  return { threshold: Number(least), officers }
}

/** What the operator of a log that was begun has to know of its key. */
export function whoSigns(holders: LogHolders | null, { signingKey, logShares }: DataPaths): string {
  if (holders === null) return `Its key is ${signingKey}: no backup has it.\n`
  const { threshold, officers } = holders
  return (
    `The key of the log is held ${threshold} of ${officers.length}, and is not here. Give each officer their file in ${logShares}, ` +
    `which nobody else can open. The server's own key is ${signingKey}: no backup has it.\n`
  )
}
