/** Where things are: the root, the packages, their manifests. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../../', import.meta.url))
export const cacheFolder = join(root, 'node_modules/.cache')

/** Vectors and data that are read and never committed; `null` where the machine has none. */
export function sharedFolder(path) {
  const folder = resolve(root, process.env.CHARTSEAL_SHARED ?? '../shared', path)
  return existsSync(folder) ? folder : null
}

const readJson = path => JSON.parse(readFileSync(path, 'utf8'))

const foldersIn = group =>
  existsSync(join(root, group)) ? readdirSync(join(root, group)).map(name => `${group}/${name}`) : []

/** Every workspace: its folder from the root, absolute path and manifest, sorted by folder. */
export function workspaces() {
  return [...foldersIn('packages'), ...foldersIn('apps'), 'bench']
    .filter(folder => existsSync(join(root, folder, 'package.json')))
    .sort()
    .map(folder => ({
      folder,
      path: join(root, folder),
      manifest: readJson(join(root, folder, 'package.json')),
    }))
}

/** `packages/core` of `…/packages/core/test/aead.test.ts`. */
export const folderOfTest = path => relative(root, path).replace(/\/test\/.*$/, '')

/** Files below `folder` (absolute), as absolute paths, without node_modules and dist. */
export function filesBelow(folder, skip = ['node_modules', 'dist', 'coverage', '.turbo', '.git']) {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { withFileTypes: true })
    .filter(entry => !skip.includes(entry.name))
    .flatMap(entry => {
      const path = join(folder, entry.name)
      if (entry.isDirectory()) return filesBelow(path, skip)
      return entry.isFile() ? [path] : []
    })
    .sort()
}
