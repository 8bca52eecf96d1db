/** Builds the page into a folder; whatever Vite warns of is a finding, as it only warns of Node in a browser. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, createLogger } from 'vite'

const root = fileURLToPath(new URL('.', import.meta.url))
const namesOfNode = /(?:from|import)\s*\(?["'](node:[a-z_/]+)/

const settings = (outDir, customLogger) => ({
  root,
  base: './',
  configFile: false,
  logLevel: 'warn',
  customLogger,
  worker: { format: 'es' },
  build: {
    outDir,
    emptyOutDir: true,
    target: 'es2022',
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 5_000,
  },
})

/** The findings. */
export async function buildPage(outDir) {
  const warnings = []
  const keep = message => warnings.push(message)
  const customLogger = { ...createLogger('silent'), warn: keep, warnOnce: keep, error: keep }
  await build(settings(outDir, customLogger))
  const leftovers = readdirSync(outDir, { recursive: true })
    .filter(name => name.endsWith('.js'))
    .map(name => [name, namesOfNode.exec(readFileSync(join(outDir, name), 'utf8'))])
    .filter(([, found]) => found !== null)
  return [...warnings, ...leftovers.map(([name, found]) => `${name} still imports ${found[1]}`)]
}
