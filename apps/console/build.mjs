/**
 * Bundles the page out of what tsc built, into dist/page or the folder that is given: the same sources give the same
 * bytes. `manifest.json` has the SHA-256 of every other file; whatever Vite warns of ends the build, as it only warns of
 * Node in a browser.
 */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join, resolve, sep } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build, createLogger } from 'vite'

const here = fileURLToPath(new URL('.', import.meta.url))
const templates = join(here, 'worker')

const settings = (outDir, customLogger) => ({
  root: join(here, 'page'),
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
    // What the first screen needs is one file, and what the first one after unlocking needs another: in many small ones
    // they would be some kilobytes larger.
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            { name: 'first', tags: ['$initial'], priority: 2 },
            { name: 'unlocked', test: /console\/dist\/(state\/unlocked|views\/home)\.js$/, priority: 1 },
          ],
        },
      },
      // How long the build takes on a busy machine is no fault of the page.
      checks: { pluginTimings: false },
    },
  },
})

/** What Vite warned of. */
async function bundle(outDir) {
  const warnings = []
  const keep = message => warnings.push(message)
  await build(settings(outDir, { ...createLogger('silent'), warn: keep, warnOnce: keep, error: keep }))
  return warnings
}

const sha256 = bytes => createHash('sha256').update(bytes).digest('hex')

const filesIn = folder =>
  readdirSync(folder, { recursive: true })
    .filter(name => statSync(join(folder, name)).isFile())
    .map(name => name.split(sep).join('/'))
    .sort()

/** By the paths that are asked for: the page itself is `/`. */
const hashesIn = (folder, left) =>
  Object.fromEntries(
    filesIn(folder)
      .filter(name => !left.includes(name))
      .map(name => [name === 'index.html' ? '/' : `/${name}`, sha256(readFileSync(join(folder, name)))]),
  )

/** The web manifest, the worker and the list of hashes, which depend on all other files. */
export function finishPage(outDir) {
  const write = (name, text) => writeFileSync(join(outDir, name), text)
  const template = name => readFileSync(join(templates, name), 'utf8')
  const icon = filesIn(outDir).find(name => /icon.*\.svg$/.test(name))
  write('manifest.webmanifest', template('manifest.webmanifest').replace('__ICON__', `/${icon}`))
  write('beat.js', template('beat.js'))
  // The worker names the files that it keeps by their hashes; its version is the hash of that list.
  const kept = hashesIn(outDir, ['sw.js', 'manifest.json'])
  const worker = template('sw.js').replace('__VERSION__', sha256(JSON.stringify(kept)))
  write('sw.js', worker.replace('__FILES__', JSON.stringify(kept, null, 2)))
  const { version } = JSON.parse(readFileSync(join(here, 'package.json'), 'utf8'))
  const files = hashesIn(outDir, ['manifest.json'])
  write('manifest.json', `${JSON.stringify({ v: 1, version, files }, null, 2)}\n`)
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const outDir = resolve(process.argv[2] ?? join(here, 'dist/page'))
  const warnings = await bundle(outDir)
  finishPage(outDir)
  if (warnings.length > 0) {
    process.stderr.write(`${warnings.join('\n')}\n`)
    process.exitCode = 1
  }
}
