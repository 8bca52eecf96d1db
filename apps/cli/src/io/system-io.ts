/** The one place of the command line that reaches for `process`. */

import { systemClock, systemRandom } from '@chartseal/core/system'
import { isCancel, password } from '@clack/prompts'
import type { Io } from './io.js'

export function systemIo(): Io {
  const { stdin, stdout, stderr, env } = process
  return {
    stdin,
    stdout,
    stderr,
    env,
    cwd: env['INIT_CWD'] ?? process.cwd(),
    isTerminal: {
      stdin: stdin.isTTY === true,
      stdout: stdout.isTTY === true,
      stderr: stderr.isTTY === true,
    },
    clock: systemClock,
    random: systemRandom,
    async askSecret(question) {
      const answer = await password({ message: question, input: stdin, output: stderr })
      return isCancel(answer) ? null : answer
    },
    onInterrupt(stop) {
      process.once('SIGINT', stop)
      return () => process.off('SIGINT', stop)
    },
  }
}
