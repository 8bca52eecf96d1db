/** A command of the server, run in this process. */
import { systemClock, systemRandom } from '@chartseal/core/system'
import { run as runCommand } from '../dist/run.js'

export async function run(...words: string[]): Promise<{ code: number; out: string; err: string }> {
  let [out, err] = ['', '']
  const code = await runCommand(words, {
    env: { HOME: '/nowhere' },
    clock: systemClock,
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
