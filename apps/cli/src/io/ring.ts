/** What commands on a ring folder have in common: its passphrase and its clock. */

import type { Change, Device } from '@chartseal/clinic'
import { clinicError } from '@chartseal/clinic'
import { changeDevice, type FolderOptions } from '@chartseal/clinic/fs'
import { advance, confirmClock, type Ring } from '@chartseal/kdf-keyring'
import type { Command } from 'commander'
import { type OutputOptions, withOutput } from './command.js'
import { pathOf } from './files.js'
import type { Io } from './io.js'
import { readSecret } from './secrets.js'

export interface PassphraseOptions extends OutputOptions {
  readonly passphraseFile?: string
}

export interface ClockOptions extends PassphraseOptions {
  readonly confirmClock?: boolean
}

export function withPassphrase(command: Command): Command {
  return withOutput(command).option(
    '--passphrase-file <file>',
    'the passphrase of the ring, one line; else CHARTSEAL_PASSPHRASE or a prompt',
  )
}

export function withClock(command: Command): Command {
  return withPassphrase(command).option('--confirm-clock', 'the clock is right, although it jumped')
}

export async function folderOptions(
  io: Io,
  folder: string,
  options: PassphraseOptions,
): Promise<FolderOptions> {
  const passphrase = await readSecret(io, {
    file: options.passphraseFile,
    option: '--passphrase-file',
    variable: 'CHARTSEAL_PASSPHRASE',
    question: 'Passphrase of the ring',
  })
  return { folder: pathOf(io, folder), passphrase, random: io.random }
}

/** One step on the folder. */
export async function inFolder<Result>(
  io: Io,
  folder: string,
  options: PassphraseOptions,
  step: (device: Device) => Promise<Change<Result>> | Change<Result>,
): Promise<Result> {
  return changeDevice(await folderOptions(io, folder, options), step)
}

/** The ring at this moment. @throws ChartsealError `ring/not-paired`, `keyring/clock-jump` */
export function ringNow(io: Io, { ring }: Device, options: ClockOptions): Ring {
  if (ring === null) throw clinicError('ring/not-paired', {})
  const nowMs = io.clock.nowMs()
  return options.confirmClock === true ? confirmClock(ring, nowMs) : advance(ring, nowMs)
}
