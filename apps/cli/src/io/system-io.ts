/** The one place of the command line that reaches for `process`. */
import { systemClock, systemRandom } from '@chartseal/core/system'
import type { Io } from './io.js'

const showCursor = '\u001b[?25h'

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
    askSecret,
    onInterrupt(stop) {
      const heard = (signal: NodeJS.Signals): void => stop(signal === 'SIGTERM' ? 'SIGTERM' : 'SIGINT')
      for (const signal of signals) process.once(signal, heard)
      return () => {
        for (const signal of signals) process.off(signal, heard)
      }
    },
    exit: code => process.exit(code),
  }
}

const signals = ['SIGINT', 'SIGTERM'] as const

/** Ctrl-C, Ctrl-D and the end of the input give up alike. */
async function askSecret(question: string): Promise<string | null> {
  const { stdin, stderr } = process
  // Loaded when it is needed: most commands ask nothing.
  const { isCancel, password } = await import('@clack/prompts')
  const givenUp = new AbortController()
  const giveUp = (): void => givenUp.abort()
  const onKey = (_: unknown, key?: { readonly ctrl?: boolean; readonly name?: string }): void => {
    if (key?.ctrl === true && key.name === 'd') giveUp()
  }
  stdin.on('keypress', onKey).once('end', giveUp)
  try {
    const { signal } = givenUp
    const answer = await password({ message: question, input: stdin, output: stderr, signal })
    return isCancel(answer) ? null : answer
  } finally {
    stdin.off('keypress', onKey).off('end', giveUp)
    stderr.write(showCursor)
  }
}
