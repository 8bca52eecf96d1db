/** Values that a file exports and no other file names. Types are left alone: who calls a function may want to name them. */
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { filesBelow, root } from './workspace.mjs'

const toSource = path => path.replace('/dist/', '/src/').replace(/\.(js|ts|tsx|mjs)$/, '')
const wordsOf = text => new Set(text.match(/[\w$]+/g))

/** Every file that may import one of ours, with the files that it names, without their endings. */
function importers(all) {
  return [join(root, 'scripts'), ...all.map(({ path }) => path)]
    .flatMap(folder => filesBelow(folder))
    .filter(path => /\.(ts|tsx|mjs|js)$/.test(path))
    .map(path => {
      const text = readFileSync(path, 'utf8')
      const { manifest, path: folder } = all.find(one => path.startsWith(`${one.path}/`)) ?? {}
      const named = [...text.matchAll(/['"`]([.#][^'"`\s]*)['"`]/g)].flatMap(([, from]) =>
        from.startsWith('.')
          ? [join(dirname(path), from)]
          : Object.values(manifest?.imports?.[from] ?? {}).map(target => join(folder, target)),
      )
      return {
        path,
        words: wordsOf(text),
        named: new Set(named.map(toSource)),
        passesAll: /^export \*/m.test(text),
      }
    })
}

/** The files that are entries of a package: whoever installs it may name what they export. */
const entriesOf = ({ path, manifest }) =>
  Object.values(manifest.exports ?? {}).map(entry => toSource(join(path, entry.default ?? entry)))

/** Findings about the sources of all workspaces, each of which is given with its workspace. */
export function unusedExports(all, sources) {
  const files = importers(all)
  const entries = new Set(all.flatMap(entriesOf))
  return sources.flatMap(source => {
    const path = join(root, source.path)
    if (entries.has(toSource(path))) return []
    const users = files.filter(file => file.path !== path && file.named.has(toSource(path)))
    if (users.some(({ passesAll }) => passesAll)) return []
    return source.exports
      .filter(({ name }) => !users.some(({ words }) => words.has(name)))
      .map(
        ({ name, line }) =>
          `${source.path}:${line}: nothing else names ${name}: without the word export it shows whether it is needed`,
      )
  })
}
