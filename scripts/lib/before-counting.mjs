/**
 * Before V8 begins to count branches: counting makes a tight loop ten times as slow, also one of which nobody asks. What is
 * not of the package under test is compiled here, whole, and code that is there already is not counted.
 */
import { readdirSync, readFileSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { setFlagsFromString } from 'node:v8'
import { isMainThread } from 'node:worker_threads'

const core = join(import.meta.dirname, '../../packages/core')
const libraries = ['@noble/ciphers', '@noble/curves', '@noble/hashes', '@noble/post-quantum']

/** But for the index, which throws. */
const modulesOf = folder =>
  readdirSync(folder)
    .filter(name => name.endsWith('.js') && name !== 'index.js')
    .map(name => join(folder, name))

/** Every module that a package gives to others. */
const exportsOf = folder =>
  Object.values(JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).exports)
    .map(target => (typeof target === 'string' ? target : target.default))
    .filter(path => path?.endsWith('.js'))
    .map(path => join(folder, path))

async function compile(paths) {
  setFlagsFromString('--no-lazy')
  for (const path of paths) await import(pathToFileURL(path).href)
  setFlagsFromString('--lazy')
}

// Threads and children of a test are started with the same flags, and are not counted.
const { CHARTSEAL_COMPILED: isChild } = process.env
if (isMainThread && isChild === undefined) {
  process.env.CHARTSEAL_COMPILED = '1'
  const found = libraries.map(name => join(core, 'node_modules', name)).map(path => realpathSync(path))
  await compile([
    ...found.flatMap(modulesOf),
    ...(process.cwd() === realpathSync(core) ? [] : exportsOf(core)),
  ])
}
