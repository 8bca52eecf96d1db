import { rm } from 'node:fs/promises'
import { type ConferenceBook, wipeBook } from '@chartseal/clinic/conference'
import { openJournalFile, readBookFile } from '@chartseal/clinic/fs/conference'
import type { Command } from 'commander'
import { type CommonOptions, describeCommand, parseCount } from '../../io/command.js'
import { AlreadyTold, UsageError } from '../../io/errors.js'
import { inFile, pathOf } from '../../io/files.js'
import type { Io } from '../../io/io.js'
import { bookSeal, withFilePassphrase } from './file-passphrase.js'
import { type HostEnd, HostSession, type HostSessionOptions } from './host-session.js'
import { type HostPort, withPlace } from './places.js'
import { hostHelp } from './script.js'
import { LineTeller } from './teller.js'
import { type HostWay, listenWay } from './ways.js'
import { tellUntold } from './words.js'

export interface HostOptions extends CommonOptions {
  readonly conference: string
  readonly listen?: HostPort
  readonly server?: URL
  readonly device?: string
  readonly threads: number
  readonly passphraseFile?: string
}

export function hostCommand(io: Io): Command {
  const command = describeCommand(
    'host',
    'Hold a conference: what is typed is said, each patient sees it, and nobody sees who else is there',
    'chartseal conference host --conference round --listen 127.0.0.1:7400',
    'chartseal conference host --conference round --server https://clinic.example --device doctor.device',
  )
  const placed = withPlace(command, '--listen', 'where patients connect over TCP; port 0 picks any')
  return withFilePassphrase(placed, '--passphrase-file', 'the conference file')
    .requiredOption('--conference <file>', 'the conference file')
    .option('--threads <count>', 'more threads, for many who come at once', parseCount(0, 64), 0)
    .option('--device <file>', 'with --server: the key of conference device')
    .addHelpText('after', hostHelp)
    .action((options: HostOptions) => runHost(io, options))
}

/** One host of a conference at a time: the journal is locked before anything is begun. */
async function runHost(io: Io, options: HostOptions): Promise<void> {
  const { conference } = options
  const path = pathOf(io, conference)
  using seal = await bookSeal(io, conference, options.passphraseFile, '--passphrase-file')
  const book = await inFile(conference, () => readBookFile(path, { seal }))
  try {
    const journal = await inFile(conference, () => openJournalFile(path, { seal }))
    try {
      await hold(io, options, { path, book, seal, journal })
    } finally {
      await journal.close()
    }
  } finally {
    wipeBook(book)
  }
}

async function hold(
  io: Io,
  options: HostOptions,
  held: Pick<HostSessionOptions, 'path' | 'book' | 'seal' | 'journal'>,
): Promise<void> {
  const { path, book } = held
  const way = await wayOf(io, options, path, book)
  const json = options.json ?? false
  const { threads } = options
  let end: HostEnd = 'paused'
  let isTold = false
  try {
    end = await new HostSession({ io, json, ...held, way, threads }).run()
    isTold = end === 'ended' && (await toldEnd(io, options, way))
  } finally {
    await way.close(isTold)
  }
  if (isTold) await destroy(path)
  else if (end !== 'paused') throw new AlreadyTold()
}

/** Its keys are needed until then: without them it could not be ended there any more. */
async function toldEnd(io: Io, { json = false, conference }: HostOptions, way: HostWay): Promise<boolean> {
  try {
    await way.tellEnd()
    return true
  } catch (error) {
    const teller = new LineTeller(io, json)
    teller.tell(tellUntold(error instanceof Error ? error.message : '', conference))
    await teller.flush()
    return false
  }
}

async function wayOf(io: Io, options: HostOptions, path: string, book: ConferenceBook): Promise<HostWay> {
  const { listen, server, device } = options
  if (listen !== undefined && server === undefined) return listenWay(io, listen, path, book)
  if (server === undefined || listen !== undefined)
    throw new UsageError('give --listen HOST:PORT, or --server URL')
  if (device === undefined) throw new UsageError('--server needs --device FILE')
  // Loaded where there is a server: over TCP nobody needs it.
  const { serverWay } = await import('./sockets.js')
  return serverWay(io, server, device, book)
}

/** What dies with a conference opens nothing of it later. */
async function destroy(path: string): Promise<void> {
  // The journal first: it cannot be found again without the other, and holds what opens the frames.
  for (const file of [`${path}.journal`, path]) await rm(file, { force: true })
}
