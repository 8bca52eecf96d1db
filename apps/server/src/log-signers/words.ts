/** Words that the commands of log signers have in common. */
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import {
  type GivenText,
  groupWords,
  heldAfter,
  parseHandOn,
  type SignerFolderOptions,
} from '@chartseal/clinic/fs/log-signer'
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

/** The folder of a signer, and what opens it. @throws ChartsealError `command/usage` */
export async function folderOf(
  { clock, random }: Io,
  own: Given['own'],
  isNew: boolean,
): Promise<SignerFolderOptions> {
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

/** The texts of files that are named with commas in between; `null` where none are. */
export async function filesIn(own: Given['own'], flag: string): Promise<readonly GivenText[] | null> {
  const names = own[flag]
  return names === undefined ? null : Promise.all(names.split(',').map(givenAt))
}

/** The same. @throws ChartsealError `command/usage` where none are named */
export async function requiredFiles(own: Given['own'], flag: string): Promise<readonly GivenText[]> {
  return Promise.all(required(own, flag).split(',').map(givenAt))
}

export async function givenAt(file: string): Promise<GivenText> {
  return { file, text: await textIn(file) }
}

/** For those to whom a key is handed on. @throws ChartsealError `log-officer/bad-hand-on` */
export function wordsToCompare(handedOn: readonly GivenText[]): string {
  const held = heldAfter(handedOn.map(({ text, file }) => parseHandOn(text, file)))
  return `Read these words to the other new officers, and go on if they have the same:\n${groupWords(held)}\n`
}

/** A checkpoint that the log published. */
export async function knownIn({ known }: Given['own']): Promise<{ readonly known?: readonly string[] }> {
  return known === undefined ? {} : { known: [await textIn(known)] }
}

async function textIn(path: string): Promise<string> {
  return attempt('read', () => readFile(path, 'utf8'), path)
}
