/** Words that the commands of log signers have in common. */
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { createOfficer } from '@chartseal/clinic/fs/log-signer'
import { attempt } from '@chartseal/core/files'
import { commandError, type Given, type Io, required } from '../command.js'

export const folderFlag = {
  help: "the folder of the officer's signer; no backup of it may be put back",
} as const
export const passphraseFlag = {
  help: "a file with the passphrase of the officer's key, one line",
} as const

export const handedOnFlag = {
  help: 'files of all officers who handed the key on, with commas in between',
} as const

export type FolderOptions = Parameters<typeof createOfficer>[1]

/** The folder of a signer, and what opens it. @throws ChartsealError `command/usage` */
export async function folderOf(
  { clock, random }: Io,
  own: Given['own'],
  isNew: boolean,
): Promise<FolderOptions> {
  const { 'passphrase-file': file, unsealed } = own
  const signer = required(own, 'signer')
  if (isNew && (file === undefined) === (unsealed === undefined))
    throw commandError('command/usage', { reason: 'One of --passphrase-file and --unsealed must be given.' })
  return {
    folder: resolve(signer),
    passphrase: file === undefined ? null : await firstLine(file),
    clock,
    random,
  }
}

async function firstLine(path: string): Promise<string> {
  const [line = ''] = (await textIn(path)).split(/\r?\n/)
  return line
}

/** `undefined` where none are named. */
export async function handedOnIn({
  'handed-on': names,
}: Given['own']): Promise<readonly { readonly text: string; readonly file: string }[] | undefined> {
  if (names === undefined) return undefined
  return Promise.all(names.split(',').map(async file => ({ file, text: await textIn(file) })))
}

/** A checkpoint that the log published. */
export async function knownIn({ known }: Given['own']): Promise<{ readonly known?: readonly string[] }> {
  return known === undefined ? {} : { known: [await textIn(known)] }
}

export async function textIn(path: string): Promise<string> {
  return attempt('read', () => readFile(path, 'utf8'), path)
}
