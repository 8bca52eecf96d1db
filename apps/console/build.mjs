/**
 * Bundles the page out of what tsc built, into dist/page or the folder that is given: the same sources give the same bytes. `manifest.json` has the
 * SHA-256 of every other file; whatever Vite warns of ends the build, as it only warns of Node in a browser.
 */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, createLogger } from 'vite'

const here = fileURLToPath(new URL('.', import.meta.url))
const outDir = resolve(process.argv[2] ?? join(here, 'dist/page'))
const source = join(here, 'page')
const templates = join(here, 'worker')

const warnings = []
const keep = message => warnings.push(message)
const customLogger = { ...createLogger('silent'), warn: keep, warnOnce: keep, error: keep }

await build({
  root: source,
  base: '/',
  configFile: false,
  logLevel: 'warn',
  customLogger,
  build: {
    outDir,
    emptyOutDir: true,
    target: 'es2022',
    sourcemap: false,
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1_000,
  },
})

const sha256 = bytes => createHash('sha256').update(bytes).digest('hex')
const read = name => readFileSync(join(outDir, name))
const filesIn = folder =>
  readdirSync(folder, { recursive: true })
    .filter(name => statSync(join(folder, name)).isFile())
    .map(name => name.split(sep).join('/'))
    .sort()

/** As they are asked for: the page itself is `/`. */
const pathOf = name => (name === 'index.html' ? '/' : `/${name}`)
const hashes = names => Object.fromEntries(names.map(name => [pathOf(name), sha256(read(name))]))

const icon = filesIn(outDir).find(name => /icon.*\.svg$/.test(name))
const manifest = readFileSync(join(templates, 'manifest.webmanifest'), 'utf8').replace('__ICON__', `/${icon}`)
writeFileSync(join(outDir, 'manifest.webmanifest'), manifest)

// The worker names the files that it keeps by their hashes; its version is the hash of that list.
const kept = hashes(filesIn(outDir))
const version = sha256(JSON.stringify(kept))
const worker = readFileSync(join(templates, 'sw.js'), 'utf8')
  .replace('__VERSION__', version)
  .replace('__FILES__', JSON.stringify(kept, null, 2))
writeFileSync(join(outDir, 'sw.js'), worker)

const { version: release } = JSON.parse(readFileSync(join(here, 'package.json'), 'utf8'))
const files = hashes(filesIn(outDir))
writeFileSync(
  join(outDir, 'manifest.json'),
  `${JSON.stringify({ v: 1, version: release, files }, null, 2)}\n`,
)

if (warnings.length > 0) {
  process.stderr.write(`${warnings.join('\n')}\n`)
  process.exitCode = 1
}
