/** Bundles one import for browsers, without polyfills, and says what a browser would miss. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build, createLogger } from 'vite'

const firstError = message =>
  message.split('\n').find(line => /^\[?\w*Error/.test(line)) ?? message.split('\n')[0]

/** The complaints of the bundle of `specifier` as installed in `folder`. */
export async function browserFindings(folder, specifier) {
  const entry = join(folder, `${specifier.replace(/[^a-z0-9]+/gi, '-')}.entry.js`)
  writeFileSync(entry, `export * from '${specifier}'\n`)
  const warnings = []
  const keep = message => warnings.push(message)
  const customLogger = { ...createLogger('silent'), warn: keep, warnOnce: keep }
  const lib = { entry, formats: ['es'], fileName: 'bundle' }
  try {
    const options = {
      root: folder,
      configFile: false,
      logLevel: 'warn',
      customLogger,
      build: { write: false, lib, minify: false },
    }
    const [{ output }] = [await build(options)].flat()
    const code = output.map(chunk => chunk.code ?? '').join('\n')
    const leftovers = /(from|import)\s*\(?["'](node:[a-z_/]+)/.exec(code)
    return [
      ...warnings.filter(text => text.includes('externalized for browser compatibility')),
      ...(leftovers === null ? [] : [`the bundle still imports ${leftovers[2]}`]),
    ].map(text => `${specifier} in a browser bundle: ${text}`)
  } catch (error) {
    return [`${specifier} cannot be bundled for browsers: ${firstError(error.message)}`]
  }
}
