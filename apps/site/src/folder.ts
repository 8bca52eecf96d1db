/** The folder that a site is written to. */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { JsonObject } from '@chartseal/core/json'
import type { Files } from './check.js'

/**
 * Whether a folder is new, empty, or holds a site and nothing else: what somebody else put there stays.
 * @throws ChartsealError `json/invalid` for a manifest of something else
 */
export function mayBeReplaced(folder: string): boolean {
  if (!existsSync(folder)) return true
  const names = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => !entry.isDirectory())
    .map(entry => `/${relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/')}`)
  const manifest = join(folder, 'manifest.json')
  if (!existsSync(manifest)) return names.length === 0
  const known = JsonObject.parse(readFileSync(manifest, 'utf8')).object('files').keys
  return names.every(name => name === '/manifest.json' || known.includes(name === '/index.html' ? '/' : name))
}

/** Beside it first: a build that is cut off leaves the site before it as it was. @param folder absolute */
export function writeSite(folder: string, files: Files): void {
  mkdirSync(dirname(folder), { recursive: true })
  const beside = mkdtempSync(`${folder}-`)
  try {
    for (const [path, content] of files) {
      const target = join(beside, path)
      mkdirSync(dirname(target), { recursive: true })
      writeFileSync(target, content)
    }
    // A folder for this process alone is not what a web server reads.
    chmodSync(beside, 0o755)
    rmSync(folder, { recursive: true, force: true })
    renameSync(beside, folder)
  } finally {
    rmSync(beside, { recursive: true, force: true })
  }
}
