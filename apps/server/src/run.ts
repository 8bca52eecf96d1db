/** Reads the words of a command line, runs one command, and gives the exit code. */
import { ChartsealError } from '@chartseal/core/errors'
import { type Command, helpOf, type Io, readWords, refusalText } from './command.js'
import { versionOf } from './own-files.js'

const commands: { readonly [name: string]: () => Promise<Command> } = {
  serve: async () => (await import('./commands/serve.js')).serve,
  relay: async () => (await import('./commands/relay.js')).relay,
  'relay-key': async () => (await import('./commands/relay-key.js')).relayKey,
  init: async () => (await import('./commands/init.js')).init,
  invite: async () => (await import('./commands/invite.js')).invite,
  doctor: async () => (await import('./commands/doctor.js')).doctor,
  'end-device': async () => (await import('./commands/end-device.js')).endDevice,
  backup: async () => (await import('./commands/keeping.js')).backup,
  restore: async () => (await import('./commands/keeping.js')).restore,
  'move-store': async () => (await import('./commands/keeping.js')).moveStore,
}

/** 0: done; 1: refused; 2: other words are needed. */
export async function run(words: readonly string[], io: Io): Promise<number> {
  try {
    return await dispatch(words, io)
  } catch (error) {
    io.err(refusalText(error))
    return error instanceof ChartsealError && /^(command|config)\//.test(error.code) ? 2 : 1
  }
}

async function dispatch([name = '--help', ...words]: readonly string[], io: Io): Promise<number> {
  if (name === '--version') {
    io.out(`${versionOf()}\n`)
    return 0
  }
  const load = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (load === undefined) return usage(io, name === '--help' || name === '-h' ? 0 : 2)
  const command = await load()
  const given = readWords(command, words, io.env)
  if (given !== 'help') return command.run(io, given)
  io.out(helpOf(command))
  return 0
}

async function usage(io: Io, code: number): Promise<number> {
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
