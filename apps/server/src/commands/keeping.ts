/** The words of `backup`, `restore` and `move-store`; what they do is in files of their own. */
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { keyWords } from '@chartseal/clinic/key-words'
import { attempt } from '@chartseal/core/files'
import { type Command, commandError, type Given, required } from '../command.js'
import { type Config, requireNoPassword } from '../config.js'
import { type DataPaths, dataPaths } from '../data-folder.js'
import { whoSigns } from '../log-signers/holders.js'
import { filesIn } from '../log-signers/words.js'
import type { StoreTarget } from '../store.js'
import { backup as makeBackup } from './backup.js'
import { moveStore as move } from './move-store.js'
import type { HeldKey } from './new-log.js'
import { restore as makeRestore, type RestoreReport } from './restore.js'
import { defaultFolder } from './serve.js'

function targetOf({ databaseUrl }: Pick<Config, 'databaseUrl'>, data: string): StoreTarget {
  return databaseUrl === null ? { file: dataPaths(data).store } : { url: databaseUrl }
}

export const backup: Command = {
  name: 'backup',
  summary: 'copy store, records and log; the server may be running',
  example: 'chartseal-server backup --data /var/lib/chartseal --to /mnt/backups --check',
  settings: ['data', 'database-url'],
  flags: {
    to: { help: 'the folder where backups are kept' },
    check: { help: 'opens the copy again, and makes the tree of its log from the leaves', isSwitch: true },
  },
  async run(io, { config, own }) {
    const data = config.data ?? defaultFolder(io)
    const target = targetOf(config, data)
    const options = { data, target, to: resolve(required(own, 'to')), check: own['check'] === 'on' }
    const { folder, entries } = await makeBackup({ ...options, clock: io.clock, random: io.random })
    io.out(`${folder}\n`)
    if (entries !== null)
      io.err(
        `Checked: the log has ${entries} entries. Its key is not in it: keep ${dataPaths(data).signingKey} elsewhere.\n`,
      )
    return 0
  },
}

export const restore: Command = {
  name: 'restore',
  summary: 'make a data folder from a backup; a log that others have seen further is not forked',
  example:
    'chartseal-server restore --from /mnt/backups/chartseal-… --key /media/keys/signing.key --data /var/lib/chartseal',
  settings: ['data', 'database-url', 'witness-policy'],
  flags: {
    from: { help: 'the folder of one backup' },
    key: { help: 'the file with the key of the log, which no backup has' },
    log: { help: 'the log to go on with where it is newer: a folder or a URL' },
    known: { help: 'files with checkpoints that somebody kept, with commas in between' },
    'new-log': { help: 'begins a log with this origin where nobody has the rest of the former one' },
    reason: { help: 'why, for the first entry of the new log' },
    'log-group': { help: 'for --new-log: what officers who made its key gave, with commas in between' },
    'server-key': { help: 'for --log-group: the signing.key that log-signer terms made' },
  },
  async run(io, { config, own }) {
    const data = config.data ?? defaultFolder(io)
    const known = (own['known'] ?? '').split(',').filter(Boolean)
    const newOrigin = own['new-log']
    const held = await heldIn(own)
    if (held !== null && newOrigin === undefined)
      throw commandError('command/usage', {
        reason: 'The option --log-group is for --new-log: a log that goes on keeps its key.',
      })
    const report = await makeRestore({
      from: resolve(required(own, 'from')),
      data,
      key: resolve(required(own, 'key')),
      url: config.databaseUrl ?? undefined,
      log: own['log'],
      known: known.map(path => resolve(path)),
      policy: config.witnessPolicy === null ? undefined : await readText(config.witnessPolicy),
      newLog:
        newOrigin === undefined ? undefined : { origin: newOrigin, reason: required(own, 'reason'), held },
      clock: io.clock,
      random: io.random,
      fetch,
    })
    io.out(`${data}\n`)
    io.err(
      `The log has ${report.entries} entries and goes on. The newest checkpoint was that of ${report.source}.\n`,
    )
    io.err(`${newKeyText(report, dataPaths(data), held)}${closedText(report, data)}${sealText(report)}`)
    return 0
  },
}

async function heldIn(own: Given['own']): Promise<HeldKey | null> {
  const group = await filesIn(own, 'log-group')
  return group === null ? null : { group, serverKey: resolve(required(own, 'server-key')) }
}

/** A ledger without its key is read, and nothing is dispensed. */
function sealText({ seals, votes, newKey }: RestoreReport): string {
  if (newKey !== null)
    return 'The prescription ledger begins anew with it; the former one stays in former-ledger, to be read.\n'
  if (seals) return ''
  if (votes)
    return 'This clinic seals no prescriptions until it has a new key: ledger keys makes one, and registrars put it on the roster.\n'
  return 'Prescriptions cannot be sealed: put ledger.key and registrar.key beside the key of the log, and restore again.\n'
}

/** What people compare before their devices take a new log, and who can sign it. */
function newKeyText({ newKey, wasHeld }: RestoreReport, paths: DataPaths, held: HeldKey | null): string {
  if (newKey === null) return ''
  const compare = `Each device stops until its person has compared the new key with you. In words it is: ${keyWords(newKey)}\n`
  const alone = `Officers held the key of the former log together; that of the new one is ${paths.signingKey}, and this machine alone signs with it.\n`
  return `${compare}${held === null && wasHeld ? alone : whoSigns(held?.group ?? null, paths)}`
}

/** What the operator has to do before the server starts. */
function closedText({ madeMs, closed }: RestoreReport, data: string): string {
  const { living, endedAgain, isListKnown, voided, linksEnded, packagesClosed, emergenciesEnded } = closed
  const made = new Date(madeMs).toISOString()
  const lines = [
    `Open invitations are void (${voided}): make new ones for those who still wait.`,
    `Devices that may sign requests: ${living}, as of ${made}. Ended again by the list beside the log: ${endedAgain}.`,
  ]
  if (linksEnded > 0)
    lines.push(`SMART Health Links that were ended (${linksEnded}): whoever still needs one makes a new one.`)
  if (packagesClosed > 0)
    lines.push(
      `Shared records that were closed (${packagesClosed}): each is given out again once its owner has shared it anew.`,
    )
  if (emergenciesEnded > 0)
    lines.push(
      `Requests of break-glass that were ended (${emergenciesEnded}): whoever still needs a record asks anew.`,
    )
  if (!isListKnown)
    lines.push(
      'No list says which devices were ended after that. Before you start the server, end them again, stolen phones first:',
      `  chartseal-server end-device --data ${data}            lists the devices`,
      `  chartseal-server end-device --data ${data} --kid KID  ends one`,
    )
  return `${lines.join('\n')}\n`
}

const readText = (path: string): Promise<string> =>
  attempt('read', () => readFile(resolve(path), 'utf8'), path)

export const moveStore: Command = {
  name: 'move-store',
  summary: 'copy everything from the file of SQLite to an empty database of PostgreSQL, or back',
  example: 'chartseal-server move-store --data /var/lib/chartseal --to postgres://chartseal@/chartseal',
  settings: ['data', 'database-url'],
  flags: { to: { help: 'postgres://…, or file for the one in the data folder' } },
  async run(io, { config, own }) {
    const data = config.data ?? defaultFolder(io)
    const wanted = required(own, 'to')
    requireNoPassword('to', wanted)
    const to: StoreTarget = wanted === 'file' ? { file: dataPaths(data).store } : { url: wanted }
    const counts = await move({ data, from: targetOf(config, data), to, clock: io.clock, random: io.random })
    for (const [table, rows] of Object.entries(counts)) io.out(`${table} ${rows}\n`)
    io.err(
      wanted === 'file'
        ? 'Start it without DATABASE_URL from now on.\n'
        : 'Start it with DATABASE_URL from now on.\nIts records stay in the data folder: with CHARTSEAL_DATA_SHARED=1 it serves them.\n',
    )
    return 0
  },
}
