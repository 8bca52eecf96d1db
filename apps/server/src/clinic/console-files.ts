/** The page, or the documentation: files as they were built, checked against their manifest, in memory. */
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { extname, join, sep } from 'node:path'
import { gzipSync } from 'node:zlib'
import { decodeUtf8 } from '@chartseal/core/encoding'
import { defineErrors, type ErrorFactory } from '@chartseal/core/errors'
import { attempt } from '@chartseal/core/files'
import { JsonObject } from '@chartseal/core/json'
import type { Answer } from '../http/answers.js'
import type { Incoming } from '../http/handle.js'

const manifestPath = '/manifest.json'

export interface PageErrors {
  /** `path` is missing, is other than the manifest says, or is not in it. */
  'page/not-as-built': { folder: string; path: string }
}

export const pageError: ErrorFactory<PageErrors> = defineErrors<PageErrors>({
  'page/not-as-built':
    'The page in {folder} must be as its manifest says: {path} is not. Build it again, or name the folder that it was built in.',
})

const types: { readonly [extension: string]: string } = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.map': 'application/json',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json',
  '.woff2': 'font/woff2',
}
const packed = /^(?:text|application\/(?:json|wasm|manifest)|image\/svg)/

interface File {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly type: string
  readonly etag: string
  /** Made when somebody asks for it. */
  gzipped: Uint8Array<ArrayBuffer> | null
}

export interface ConsoleFiles {
  /** Hex. What the log says that this server gives out. */
  readonly manifestSha256: string
  /** Paths of the site; `/` is the page. */
  readonly paths: readonly string[]
  has(path: string): boolean
  answer(path: string, incoming: Pick<Incoming, 'header'>): Answer
}

/**
 * Reads the files of a page, and checks them against its manifest, `null` where there is none: nothing is given out that
 * nobody could check.
 * @throws ChartsealError `page/not-as-built`, `json/invalid`, `files/failed`
 */
export async function readConsole(folder: string): Promise<ConsoleFiles | null> {
  // A folder that was named by mistake may be the whole disk.
  if (!existsSync(join(folder, manifestPath))) return null
  const names = await listed(folder)
  const files = new Map<string, File>()
  for (const name of names) {
    const bytes = new Uint8Array(
      await attempt('read', () => readFile(join(folder, name)), join(folder, name)),
    )
    const path = `/${name.split(sep).join('/')}`
    files.set(path === '/index.html' ? '/' : path, fileOf(path, bytes))
  }
  const manifest = files.get(manifestPath)
  if (manifest === undefined) return null
  requireAsBuilt(folder, files, JsonObject.parse(decodeUtf8(manifest.bytes)).object('files'))
  return {
    manifestSha256: sha256(manifest.bytes),
    paths: [...files.keys()],
    has: path => files.has(path),
    answer: (path, incoming) => answer(path, files.get(path), incoming),
  }
}

/** @throws ChartsealError as {@link readConsole}, and `page/not-as-built` where there is no manifest */
export async function readNamed(folder: string): Promise<ConsoleFiles> {
  const files = await readConsole(folder)
  if (files === null) throw pageError('page/not-as-built', { folder, path: manifestPath })
  return files
}

function requireAsBuilt(folder: string, files: ReadonlyMap<string, File>, hashes: JsonObject): void {
  const paths = [...files.keys()].filter(path => path !== manifestPath)
  const isOther = (path: string): boolean => {
    const file = files.get(path)
    return file === undefined || !hashes.has(path) || hashes.text(path) !== sha256(file.bytes)
  }
  const path = [...paths, ...hashes.keys].find(isOther)
  if (path !== undefined) throw pageError('page/not-as-built', { folder, path })
}

async function listed(folder: string): Promise<readonly string[]> {
  try {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true })
    const base = folder.endsWith(sep) ? folder : `${folder}${sep}`
    return entries.filter(one => one.isFile()).map(one => join(one.parentPath, one.name).slice(base.length))
  } catch {
    return []
  }
}

function fileOf(path: string, bytes: Uint8Array<ArrayBuffer>): File {
  const type = types[extname(path)] ?? 'application/octet-stream'
  return { bytes, type, etag: `"${sha256(bytes).slice(0, 32)}"`, gzipped: null }
}

function answer(path: string, file: File | undefined, { header }: Pick<Incoming, 'header'>): Answer {
  if (file === undefined) throw new Error('internal: a file of the console that is not there')
  const { etag, type } = file
  // Names below /assets hold a hash of their content.
  const cache = path.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache'
  const common = { etag, 'cache-control': cache, vary: 'accept-encoding' }
  if (header('if-none-match') === etag) return { status: 304, headers: common, body: null }
  const isPacked = packed.test(type) && /\bgzip\b/.test(header('accept-encoding') ?? '')
  if (!isPacked) return { status: 200, headers: { ...common, 'content-type': type }, body: file.bytes }
  file.gzipped ??= new Uint8Array(gzipSync(file.bytes, { level: 9 }))
  const headers = { ...common, 'content-type': type, 'content-encoding': 'gzip' }
  return { status: 200, headers, body: file.gzipped }
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
