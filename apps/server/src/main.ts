#!/usr/bin/env node
/** `chartseal-server`: reads its words, runs one command, ends with its code. */
import { createRequire } from 'node:module'
import { ChartsealError } from '@chartseal/core/errors'
import { systemClock, systemRandom } from '@chartseal/core/system'
import { type Command, helpOf, type Io, readWords, refusalText } from './command.js'

const commands: { readonly [name: string]: () => Promise<Command> } = {
  serve: async () => (await import('./commands/serve.js')).serve,
  init: async () => (await import('./commands/init.js')).init,
  invite: async () => (await import('./commands/invite.js')).invite,
  doctor: async () => (await import('./commands/doctor.js')).doctor,
}

const io: Io = {
  env: process.env,
  clock: systemClock,
  random: systemRandom,
  out: text => void process.stdout.write(text),
  err: text => void process.stderr.write(text),
  ended: () =>
    new Promise(resolve => {
      for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve())
    }),
}

async function run([name = '--help', ...words]: readonly string[]): Promise<number> {
  if (name === '--version') {
    const manifest: unknown = createRequire(import.meta.url)('../package.json')
    io.out(`${Object(manifest)['version']}\n`)
    return 0
  }
  const load = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (load === undefined) return usage(name === '--help' || name === '-h' ? 0 : 2)
  const command = await load()
  const given = readWords(command, words, io.env)
  if (given !== 'help') return command.run(io, given)
  io.out(helpOf(command))
  return 0
}

async function usage(code: number): Promise<number> {
  const all = await Promise.all(Object.values(commands).map(load => load()))
  const rows = all.map(({ name, summary }) => `  ${name.padEnd(12)} ${summary}`)
  const text = [
    'usage: chartseal-server <command> [options]',
    '',
    ...rows,
    '',
    '  --version, <command> --help',
    '',
  ]
  const say = code === 0 ? io.out : io.err
  say(text.join('\n'))
  return code
}

try {
  process.exitCode = await run(process.argv.slice(2))
} catch (error) {
  io.err(refusalText(error))
  const isUsage = error instanceof ChartsealError && /^(command|config)\//.test(error.code)
  process.exitCode = isUsage ? 2 : 1
}
