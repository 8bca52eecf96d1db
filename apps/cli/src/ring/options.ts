/** What commands on a ring folder have in common: its passphrase and its clock. */
import { advance, confirmClock, type Ring } from '@chartseal/kdf-keyring'
import type { Command } from 'commander'
import { type OutputOptions, withOutput } from '../io/command.js'
import { pathOf } from '../io/files.js'
import type { Io } from '../io/io.js'
import { readSecret } from '../io/secrets.js'
import { ringFolderError } from './errors.js'
import { type FolderOptions, type Step, withFolder } from './folder.js'
import type { FolderState } from './state.js'

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
  step: (state: FolderState) => Promise<Step<Result>> | Step<Result>,
): Promise<Result> {
  return withFolder(await folderOptions(io, folder, options), step)
}

/** The ring at this moment. @throws ChartsealError `ring/not-paired`, `keyring/clock-jump` */
export function ringNow(io: Io, { ring }: FolderState, options: ClockOptions): Ring {
  if (ring === null) throw ringFolderError('ring/not-paired', {})
  const nowMs = io.clock.nowMs()
  return options.confirmClock === true ? confirmClock(ring, nowMs) : advance(ring, nowMs)
}
