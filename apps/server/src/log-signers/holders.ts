/** Officers who hold the key of a log together, as the words of a command name them. */
import { readFile } from 'node:fs/promises'
import { requireThreshold } from '@chartseal/clinic/fs/log'
import {
  type GivenText,
  groupWords,
  type LogOfficer,
  parseGroup,
  parseOfficers,
} from '@chartseal/clinic/fs/log-signer'
import { attempt } from '@chartseal/core/files'
import { commandError, type Given, required } from '../command.js'
import type { DataPaths } from '../data-folder.js'

interface LogHolders {
  /** So many of them sign. */
  readonly threshold: number
  readonly officers: readonly LogOfficer[]
}

export const holderFlags = {
  'log-key': { help: '2-of-3: so many of so many officers sign' },
  'log-signers': { help: 'the file with these officers, a line each: NAME KEY URL' },
} as const

/** @throws ChartsealError `command/usage`, `log-officer/bad-list`, `log-officer/bad-threshold` */
export async function requireHolders(own: Given['own']): Promise<LogHolders> {
  const [key, file] = [required(own, 'log-key'), required(own, 'log-signers')]
  const [, least, count] = /^(\d{1,2})-of-(\d{1,2})$/.exec(key) ?? []
  if (least === undefined)
    throw commandError('command/usage', { reason: 'The option --log-key must be like 2-of-3.' })
  const officers = parseOfficers(await attempt('read', () => readFile(file, 'utf8'), file))
  if (officers.length !== Number(count))
    throw commandError('command/usage', {
      reason: `The file ${file} must name ${count} officers; it names ${officers.length}.`,
    })
  requireThreshold(Number(least), officers.length)
  return { threshold: Number(least), officers }
}

/** What the operator of a log that was begun has to know of its key. */
export function whoSigns(group: readonly GivenText[] | null, { signingKey }: DataPaths): string {
  if (group === null) return `Its key is ${signingKey}: no backup has it.\n`
  return (
    'Its officers hold its key, which nobody ever had, if all of them read these words:\n' +
    `${groupWords(parseGroup(group))}\nThe server's own key is ${signingKey}: no backup has it.\n`
  )
}
