/**
 * A folder of SMART Health Links for `chartseal shl`: `server.json`, and a folder for each link with `link.json` and the encrypted
 * files. No key is in it. What a link is does not change; what happens to it is in `state` (link-store.ts). Without its
 * folder a link has ended.
 */
import { mkdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { decodeUtf8 } from '@chartseal/core/encoding'
import { attempt, nodeFileSystem } from '@chartseal/core/files'
import { JsonObject } from '@chartseal/core/json'
import type { ServedLink, StoredFile, StoredLink } from '@chartseal/ipfs-envelope/shl'
import { systemCode, UsageError } from './errors.js'
import { isFolder, pathOf } from './files.js'
import type { Io } from './io.js'
import { writeBytes } from './output.js'
import { writeAll } from './staged-files.js'

/** What stands still of a link. */
export type FolderLink = Omit<StoredLink, 'endedMs' | 'wrongPasscodes'>

const linkFolder = (root: string, id: string): string => join(root, 'links', id)
const fileName = (index: number): string => `${index}.jwe`

/**
 * The URL of the server whose links are in the folder. The first link says it; later ones may leave it out.
 * @throws UsageError when it is missing, or is another one
 */
export async function baseUrlOf(io: Io, folder: string, given: string | undefined): Promise<string> {
  const known = await readBaseUrl(pathOf(io, folder))
  const wanted = given?.replace(/\/$/, '') ?? known
  if (wanted === null)
    throw new UsageError(`the first link in ${folder} needs --url, the address of its server`)
  if (known !== null && known !== wanted)
    throw new UsageError(`the links in ${folder} are of ${known}, not of ${wanted}`)
  return wanted
}

/** `null` where there is no such folder yet. */
export async function readBaseUrl(root: string): Promise<string | null> {
  const text = await readIfThere(join(root, 'server.json'))
  return text === null ? null : versionOne(text).text('base_url')
}

/** The link appears whole and durable, or not at all; a server that runs on the folder answers for it at once. */
export async function writeLink(io: Io, folder: string, baseUrl: string, link: ServedLink): Promise<void> {
  const root = pathOf(io, folder)
  await attempt('make', () => mkdir(join(root, 'links'), { recursive: true, mode: 0o700 }), root)
  if ((await readBaseUrl(root)) === null) {
    const text = `${JSON.stringify({ v: 1, base_url: baseUrl })}\n`
    await writeBytes(io, join(root, 'server.json'), text, { force: true, secret: true })
  }
  const home = linkFolder(root, link.id)
  const files = [
    { file: join(home, 'link.json'), data: `${JSON.stringify(toJson(link))}\n`, secret: true },
    ...link.files.map(({ jwe }, i) => ({ file: join(home, fileName(i)), data: jwe, secret: true })),
  ]
  await writeAll(io, home, files, { force: false })
}

function toJson({ flags, expMs, passcode, maxWrongPasscodes, files }: ServedLink): object {
  return {
    v: 1,
    flags,
    exp_ms: expMs,
    passcode,
    max_wrong_passcodes: maxWrongPasscodes,
    files: files.map(({ contentType, jwe, updatedMs, fhirVersion }) => ({
      content_type: contentType,
      length: jwe.length,
      updated_ms: updatedMs,
      fhir_version: fhirVersion,
    })),
  }
}

/** `null` when it is not there. @throws ChartsealError `json/invalid` for a damaged one */
export async function readLink(root: string, id: string): Promise<FolderLink | null> {
  const text = await readIfThere(join(linkFolder(root, id), 'link.json'))
  return text === null ? null : linkOf(id, versionOne(text))
}

export async function readLinkFile(root: string, id: string, index: number): Promise<string | null> {
  return readIfThere(join(linkFolder(root, id), fileName(index)))
}

/**
 * Ends a link: from the rename on, which is durable, nobody reads it, and then its files go, also those that an interrupted end
 * left behind. `false` when there is nothing of it.
 * @throws ChartsealError `files/failed`
 */
export async function removeLink(root: string, id: string): Promise<boolean> {
  if (!/^[A-Za-z0-9_-]{43}$/.test(id)) return false
  const [home, ended] = [linkFolder(root, id), `${linkFolder(root, id)}.ended`]
  if ((await readLink(root, id)) !== null) {
    await attempt('rename', () => rename(home, ended), home)
    await attempt('fsync of the folder', () => nodeFileSystem.syncFolder(join(root, 'links')), root)
  }
  if (!(await isFolder(ended))) return false
  await attempt('remove', () => rm(ended, { recursive: true }), ended)
  return true
}

function linkOf(id: string, link: JsonObject): FolderLink {
  return {
    id,
    flags: link.text('flags'),
    expMs: link.has('exp_ms') ? link.count('exp_ms') : null,
    passcode: link.has('passcode') ? link.text('passcode') : null,
    maxWrongPasscodes: link.count('max_wrong_passcodes'),
    files: link.objects('files').map(file => fileOf(file)),
  }
}

function fileOf(file: JsonObject): StoredFile {
  return {
    contentType: file.text('content_type'),
    length: file.count('length'),
    updatedMs: file.count('updated_ms'),
    fhirVersion: file.has('fhir_version') ? file.text('fhir_version') : null,
  }
}

function versionOne(text: string): JsonObject {
  const object = JsonObject.parse(text)
  if (object.raw('v') !== 1) throw new UsageError('the folder is of another version of chartseal')
  return object
}

async function readIfThere(path: string): Promise<string | null> {
  try {
    return decodeUtf8(await readFile(path))
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return null
    throw error
  }
}
