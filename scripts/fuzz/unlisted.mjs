/** Which public readers of the packages are under no trial: their names say that they take what comes from elsewhere. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { filesBelow, root, workspaces } from '../lib/workspace.mjs'

const form = /^(parse|decode|read|verify|inspect|explain|open|import|accept|combine|replay|from|check)[A-Z]?/

/** What is tried through another reader, or takes no bytes of others by itself; with the reason. */
const elsewhere = {}

async function readersOf({ path, folder, manifest }) {
  const names = new Set()
  for (const [subpath, entry] of Object.entries(manifest.exports)) {
    if (typeof entry !== 'object' || entry.default?.endsWith('.js') !== true || /vectors/.test(subpath)) continue
    const module = await import(join(path, entry.default))
    for (const [name, value] of Object.entries(module))
      if (typeof value === 'function' && form.test(name)) names.add(name)
  }
  return [...names].map(name => ({ name, folder }))
}

export async function unlisted() {
  const text = filesBelow(join(root, 'scripts/fuzz/targets')).map(path => readFileSync(path, 'utf8')).join('\n')
  const packages = workspaces().filter(({ folder }) => folder.startsWith('packages/') && !/testkit|conformance/.test(folder))
  const all = (await Promise.all(packages.map(readersOf))).flat()
  const isListed = name => new RegExp(`\\b${name}\\b`).test(text)
  return all
    .filter(({ name }) => !isListed(name) && elsewhere[name] === undefined)
    .map(({ name, folder }) => `${folder}: ${name} is under no trial, and scripts/fuzz/unlisted.mjs does not say why`)
}
