/** What commands on a ring folder have in common: its passphrase and its clock. */

import { changeDevice, type FolderOptions, requireNoRing, requireRing, type Step } from '@chartseal/clinic/fs'
import type { Command } from 'commander'
import { type OutputOptions, withOutput } from './command.js'
import { pathOf } from './files.js'
import type { Io } from './io.js'
import { readNewSecret, readSecret, type SecretSource } from './secrets.js'

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
  const path = pathOf(io, folder)
  await requireRing(path)
  const passphrase = await readSecret(io, passphraseSource(folder, options))
  return { folder: path, passphrase, random: io.random, argon2id: io.argon2id }
}

/** For a folder that is made: a prompt asks twice. */
export async function newFolderOptions(
  io: Io,
  folder: string,
  options: PassphraseOptions,
): Promise<FolderOptions> {
  const path = pathOf(io, folder)
  await requireNoRing(path)
  const passphrase = await readNewSecret(io, passphraseSource(folder, options))
  return { folder: path, passphrase, random: io.random, argon2id: io.argon2id }
}

/** Of a ring, or of a file under the passphrase of one. */
export function passphraseSource(of: string, { passphraseFile }: PassphraseOptions): SecretSource {
  return {
    file: passphraseFile,
    option: '--passphrase-file',
    variable: 'CHARTSEAL_PASSPHRASE',
    question: `Passphrase of ${of}`,
  }
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
