import { rm } from 'node:fs/promises'
import { type ConferenceSeat, decodeSeat, type Transport, wipeSeat } from '@chartseal/clinic/conference'
import { contentOf, openSlotFile } from '@chartseal/clinic/fs/conference'
import { tcpTransport } from '@chartseal/clinic/tcp'
import type { Command } from 'commander'
import { type CommonOptions, describeCommand } from '../../io/command.js'
import { AlreadyTold, UsageError } from '../../io/errors.js'
import { inFile, pathOf, readBytes } from '../../io/files.js'
import type { Io } from '../../io/io.js'
import { passphraseSource, sealOf, withFilePassphrase } from './file-passphrase.js'
import { GuestSession, type GuestSessionOptions } from './guest-session.js'
import { type HostPort, withPlace } from './places.js'
import { guestHelp } from './script.js'

interface JoinOptions extends CommonOptions {
  readonly seat: string
  readonly address?: HostPort
  readonly server?: URL
  readonly passphraseFile?: string
}

export function joinCommand(io: Io): Command {
  const command = describeCommand(
    'join',
    'Join a conference: shows what the doctor says; what is typed goes to the doctor alone',
    'chartseal conference join --seat round.seat --address 127.0.0.1:7400',
    'chartseal conference join --seat round.seat --server https://clinic.example',
  )
  return withSeat(command)
    .addHelpText('after', guestHelp)
    .action((options: JoinOptions) => runJoin(io, options, 'join'))
}

export function watchCommand(io: Io): Command {
  const command = describeCommand(
    'watch',
    'Join a conference and only show it: nothing is read from stdin',
    'chartseal conference watch --seat round.seat --address 127.0.0.1:7400',
  )
  return withSeat(command).action((options: JoinOptions) => runJoin(io, options, 'watch'))
}

export function leaveCommand(io: Io): Command {
  const command = describeCommand(
    'leave',
    'Leave a conference: tells the doctor, also of a leaving that nobody could be told',
    'chartseal conference leave --seat round.seat --server https://clinic.example',
  )
  return withSeat(command).action((options: JoinOptions) => runJoin(io, options, 'leave'))
}

function withSeat(command: Command): Command {
  const placed = withPlace(command, '--address', 'where the doctor listens')
  return withFilePassphrase(placed, '--passphrase-file', 'the seat').requiredOption(
    '--seat <file>',
    'the seat that conference accept made',
  )
}

/** One process of a seat at a time: two would take the conference from each other. */
async function runJoin(io: Io, options: JoinOptions, does: GuestSessionOptions['does']): Promise<void> {
  const { seat: file, json = false } = options
  const path = pathOf(io, file)
  const bytes = await readBytes(io, file)
  using seal = await sealOf(
    io,
    bytes,
    passphraseSource(io, '--passphrase-file', options.passphraseFile, file),
  )
  const seat = await inFile(file, () => decodeSeat(contentOf(bytes, seal)))
  const slot = await inFile(file, () => openSlotFile(path, { seal }))
  try {
    const session = new GuestSession({
      io,
      json,
      seat,
      slot,
      transport: await transportOf(options, seat),
      does,
    })
    const end = await session.run()
    if (end === 'ended' || end === 'expired')
      for (const one of [path, `${path}.record`]) await rm(one, { force: true })
    if (end === 'refused' || end === 'leaving') throw new AlreadyTold()
  } finally {
    await slot.close()
    wipeSeat(seat)
  }
}

async function transportOf({ address, server }: JoinOptions, seat: ConferenceSeat): Promise<Transport> {
  if (address !== undefined && server === undefined) return tcpTransport(address)
  if (server === undefined || address !== undefined)
    throw new UsageError('give --address HOST:PORT, or --server URL')
  // Loaded where there is a server: over TCP nobody needs it.
  const { seatSocket } = await import('./sockets.js')
  return seatSocket(server, seat)
}
