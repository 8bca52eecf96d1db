/** `npm run docs [-- FOLDER]`: builds the documentation site, which is files and nothing else. */
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
import { dirname, join, relative, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { JsonObject } from '@chartseal/core/json'
import { readReference } from './api.js'
import { figurePages } from './figures.js'
import { Repository } from './repository.js'
import { makeSite, type Site } from './site.js'

const root = fileURLToPath(new URL('../../../', import.meta.url))

/** Whether a folder is new, empty, or holds a site and nothing else: what somebody else put there stays. */
function mayBeReplaced(folder: string): boolean {
  if (!existsSync(folder)) return true
  const names = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => !entry.isDirectory())
    .map(entry => `/${relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/')}`)
  const manifest = join(folder, 'manifest.json')
  if (!existsSync(manifest)) return names.length === 0
  const known = JsonObject.parse(readFileSync(manifest, 'utf8')).object('files').keys
  return names.every(name => name === '/manifest.json' || known.includes(name === '/index.html' ? '/' : name))
}

/** Beside it first: a build that is cut off leaves the site before it as it was. */
function write(folder: string, { files }: Site): void {
  mkdirSync(dirname(folder), { recursive: true })
  const beside = mkdtempSync(`${folder}-`)
  for (const [path, content] of files) {
    const target = join(beside, path)
    mkdirSync(dirname(target), { recursive: true })
    writeFileSync(target, content)
  }
  chmodSync(beside, 0o755)
  rmSync(folder, { recursive: true, force: true })
  renameSync(beside, folder)
}

async function main([name = 'docs-site']: readonly string[]): Promise<number> {
  const folder = resolve(process.env['INIT_CWD'] ?? '.', name)
  if (!mayBeReplaced(folder)) {
    process.stderr.write(`${folder} holds other files: name a folder that is new or empty\n`)
    return 2
  }
  const site = makeSite(new Repository(root), {
    reference: await readReference(root),
    figures: figurePages(),
  })
  for (const finding of site.findings) process.stderr.write(`${finding}\n`)
  if (site.findings.length > 0) {
    process.stderr.write(`${site.findings.length} findings: nothing was written\n`)
    return 1
  }
  write(folder, site)
  process.stdout.write(`${site.files.size} files in ${folder}; the first one is index.html\n`)
  return 0
}

process.exitCode = await main(process.argv.slice(2))
