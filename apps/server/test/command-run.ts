/** A command of the server, run in this process. */
import type { Clock } from '@chartseal/core/ports'
import { systemClock, systemRandom } from '@chartseal/core/system'
import { run as runCommand } from '../dist/run.js'

interface Done {
  readonly code: number
  readonly out: string
  readonly err: string
}

export function run(...words: string[]): Promise<Done> {
  return runAt(systemClock, ...words)
}

export async function runAt(clock: Clock, ...words: string[]): Promise<Done> {
  let [out, err] = ['', '']
  const code = await runCommand(words, {
    env: { HOME: '/nowhere' },
    clock,
    random: systemRandom,
    out: part => {
      out += part
    },
    err: part => {
      err += part
    },
    ended: () => Promise.resolve(),
  })
  return { code, out, err }
}
