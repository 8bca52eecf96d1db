/** What a backup says of itself, signed with the log's key. Format: docs/spec/clinic-storage.md. */
import { createHash } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { attempt } from '@chartseal/core/files'
import { JsonObject, toJsonText } from '@chartseal/core/json'
import { type NoteSigner, type NoteVerifier, openNote, signNote } from '@chartseal/tlog'
import { digestOf, exists, filesIn } from './disk.js'
import { backupError } from './errors.js'

/** A first line that no checkpoint has: it is written before anything else is asked of the note. */
const label = 'chartseal-server/backup/v2'
const manifestName = 'manifest'
/** One line for each file; the manifest has its digest, as a note is small and a log is not. */
const listName = 'files'

export interface BackedFile {
  readonly path: string
  readonly bytes: number
  readonly sha256: string
}

export interface Manifest {
  readonly madeMs: number
  /** The published checkpoint that the log had, a signed note. */
  readonly checkpoint: string
}

/** A manifest that was checked, with the SHA-256 of every file in hexadecimal. */
export interface CheckedManifest extends Manifest {
  readonly digests: ReadonlyMap<string, string>
}

/** Lists every file of a finished copy and signs the list: the last thing that is written. */
export async function writeManifest(folder: string, manifest: Manifest, signer: NoteSigner): Promise<void> {
  const list = `${(await filesOf(folder)).map(({ path, bytes, sha256 }) => toJsonText({ path, bytes, sha256 })).join('\n')}\n`
  const { madeMs, checkpoint } = manifest
  const head = toJsonText({ made_ms: madeMs, files: sha256Of(list), checkpoint })
  await write(join(folder, listName), list)
  await write(join(folder, manifestName), signNote(`${label}\n${head}\n`, [signer]))
}

/**
 * The manifest of a backup whose every file is as it was written.
 * @throws ChartsealError `backup/missing`, `backup/damaged`, `note/…` for one that this key has not signed
 */
export async function readManifest(folder: string, verifier: NoteVerifier): Promise<CheckedManifest> {
  if (!(await exists(join(folder, manifestName)))) throw backupError('backup/missing', { folder })
  const note = await read(join(folder, manifestName))
  const [first, head = ''] = openNote(note, [verifier]).text.split('\n')
  if (first !== label) throw damaged(manifestName, 'it has another format')
  const json = JsonObject.parse(head)
  const list = await read(join(folder, listName))
  if (sha256Of(list) !== json.text('files')) throw damaged(listName, 'its content differs')
  const files = list.trimEnd().split('\n').map(fileOf)
  await checkFiles(folder, files)
  const digests = new Map(files.map(({ path, sha256 }) => [path, sha256]))
  return { madeMs: json.count('made_ms'), checkpoint: json.text('checkpoint'), digests }
}

/** The log whose checkpoint a manifest names, before anything is believed: which key to ask for. */
export async function claimedOrigin(folder: string): Promise<string> {
  if (!(await exists(join(folder, manifestName)))) throw backupError('backup/missing', { folder })
  const [, head = ''] = (await read(join(folder, manifestName))).split('\n')
  return JsonObject.parse(head).text('checkpoint').split('\n')[0] ?? ''
}

async function filesOf(folder: string): Promise<readonly BackedFile[]> {
  const files: BackedFile[] = []
  for (const path of await filesIn(folder)) {
    if (path !== manifestName && path !== listName)
      files.push({ path, ...(await digestOf(join(folder, path))) })
  }
  return files
}

function fileOf(line: string): BackedFile {
  const json = JsonObject.parse(line)
  return { path: json.text('path'), bytes: json.count('bytes'), sha256: json.text('sha256') }
}

async function checkFiles(folder: string, files: readonly BackedFile[]): Promise<void> {
  const found = new Map((await filesOf(folder)).map(file => [file.path, file]))
  for (const { path, sha256 } of files) {
    const now = found.get(path)
    if (now === undefined) throw damaged(path, 'it is missing')
    if (now.sha256 !== sha256) throw damaged(path, 'its content differs')
    found.delete(path)
  }
  for (const path of found.keys()) throw damaged(path, 'it does not belong there')
}

function damaged(file: string, reason: string): ReturnType<typeof backupError> {
  return backupError('backup/damaged', { file, reason })
}

function sha256Of(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

async function read(path: string): Promise<string> {
  return attempt('read', () => readFile(path, 'utf8'), path)
}

async function write(path: string, text: string): Promise<void> {
  await attempt('create', () => writeFile(path, text, { flag: 'wx', mode: 0o600 }), path)
}
