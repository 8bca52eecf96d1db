/** What commands on a ring folder have in common: its passphrase and its clock. */

import { type Device, ringNow as ringOfDevice } from '@chartseal/clinic'
import { changeDevice, type FolderOptions, type Step } from '@chartseal/clinic/fs'
import type { Ring } from '@chartseal/kdf-keyring'
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
  return withPassphrase(command).option(
    '--confirm-clock',
    'the clock here is right, although it jumped or another differs',
  )
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
  step: Step<Result>,
): Promise<Result> {
  return changeDevice(await folderOptions(io, folder, options), step)
}

/** The ring at this moment. @throws ChartsealError `ring/not-paired`, `keyring/clock-jump` */
export function ringNow(io: Io, device: Device, { confirmClock }: ClockOptions): Ring {
  return ringOfDevice(device, io, confirmClock === true)
}
