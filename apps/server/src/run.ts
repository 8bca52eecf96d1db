/** Reads the words of a command line, runs one command, and gives the exit code. */
import { ChartsealError } from '@chartseal/core/errors'
import { type Command, helpOf, type Io, readWords, refusalText } from './command.js'
import { versionOf } from './own-files.js'

const commands: { readonly [name: string]: () => Promise<Command> } = {
  serve: async () => (await import('./commands/serve.js')).serve,
  relay: async () => (await import('./commands/relay.js')).relay,
  'relay-key': async () => (await import('./commands/relay-key.js')).relayKey,
  init: async () => (await import('./commands/init.js')).init,
  'log-signer key': async () => (await import('./commands/log-signer.js')).logSignerKey,
  'log-signer terms': async () => (await import('./commands/log-making.js')).logSignerTerms,
  'log-signer begin': async () => (await import('./commands/log-making.js')).logSignerBegin,
  'log-signer deal': async () => (await import('./commands/log-making.js')).logSignerDeal,
  'log-signer finish': async () => (await import('./commands/log-making.js')).logSignerFinish,
  'log-signer complain': async () => (await import('./commands/log-making.js')).logSignerComplain,
  'log-signer judge': async () => (await import('./commands/log-making.js')).logSignerJudge,
  'log-signer hand-on': async () => (await import('./commands/log-hand-on.js')).logSignerHandOn,
  'log-signer name': async () => (await import('./commands/log-hand-on.js')).logSignerName,
  'log-signer': async () => (await import('./commands/log-signer.js')).logSigner,
  invite: async () => (await import('./commands/invite.js')).invite,
  doctor: async () => (await import('./commands/doctor.js')).doctor,
  'ledger keys': async () => (await import('./commands/ledger-keys.js')).ledgerKeys,
  'ledger genesis': async () => (await import('./commands/ledger-genesis.js')).ledgerGenesis,
  'ledger gossip': async () => (await import('./commands/ledger-gossip.js')).ledgerGossip,
  'ledger status': async () => (await import('./commands/ledger-status.js')).ledgerStatus,
  'ledger roster propose': async () => (await import('./commands/ledger-roster.js')).rosterPropose,
  'ledger roster sign': async () => (await import('./commands/ledger-roster.js')).rosterSign,
  'ledger roster submit': async () => (await import('./commands/ledger-roster.js')).rosterSubmit,
  'break-glass check': async () => (await import('./commands/break-glass-check.js')).breakGlassCheck,
  'who-writes': async () => (await import('./commands/who-writes.js')).whoWrites,
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

async function dispatch(words: readonly string[], io: Io): Promise<number> {
  const [first = '--help'] = words
  if (first === '--version') {
    io.out(`${versionOf()}\n`)
    return 0
  }
  const name = Object.keys(commands).find(known => known === words.slice(0, wordsOf(known)).join(' '))
  const load = name === undefined ? undefined : commands[name]
  if (name === undefined || load === undefined) return usage(io, words)
  const command = await load()
  const given = readWords(command, words.slice(wordsOf(name)), io.env)
  if (given !== 'help') return command.run(io, given)
  io.out(helpOf(command))
  return 0
}

const isHelp = (word: string): boolean => word === '--help' || word === '-h'
const wordsOf = (name: string): number => name.split(' ').length

/** Of all commands, or of those that begin with these words. */
async function usage(io: Io, words: readonly string[]): Promise<number> {
  const given = words.filter(word => !isHelp(word))
  const code = words.length === 0 || given.length < words.length ? 0 : 2
  const begun =
    given.length === 0 ? [] : Object.keys(commands).filter(one => one.startsWith(`${given.join(' ')} `))
  const shown = begun.length > 0 ? begun : Object.keys(commands)
  const all = await Promise.all(shown.map(one => commands[one]?.()))
  const rows = all.map(one => `  ${one?.name.padEnd(22)} ${one?.summary}`)
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
  if (code !== 0)
    io.err(`\n${given[0]} is ${begun.length > 0 ? 'the beginning of commands' : 'no command'}.\n`)
  return code
}
