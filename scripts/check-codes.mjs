/**
 * The codes of errors: each is defined once, the first segment belongs to one package, each that a `@throws` names exists,
 * and each is named by a test. Suites that call `codesRaised` also see that it is raised.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { report } from './lib/report.mjs'
import { sourcesOf } from './lib/source.mjs'
import { filesBelow, workspaces } from './lib/workspace.mjs'

const sources = workspaces().flatMap(workspace =>
  sourcesOf(workspace, 'src').map(source => ({ ...source, owner: workspace.manifest.name })),
)
const defined = sources.flatMap(({ path, owner, codes }) =>
  codes.map(({ code, line }) => ({ code, owner, at: `${path}:${line}`, prefix: code?.split('/')[0] })),
)
const known = new Set(defined.map(({ code }) => code))

/** `{ key: [entries] }`, in the order of the keys. */
function grouped(entries, keyOf) {
  const groups = new Map()
  for (const entry of entries) groups.set(keyOf(entry), [...(groups.get(keyOf(entry)) ?? []), entry])
  return [...groups].toSorted(([a], [b]) => (a < b ? -1 : 1))
}

const spelled = defined.filter(({ code }) => code !== null)
const hidden = defined
  .filter(({ code }) => code === null)
  .map(({ at }) => `${at}: the table of codes must be spelled out where defineErrors is called`)
const malformed = spelled
  .filter(({ code }) => !/^[a-z][a-z0-9-]*\/[a-z0-9]+(-[a-z0-9]+)*$/.test(code))
  .map(({ code, at }) => `${at}: ${code} must be two words of lower-case letters, digits and hyphens`)
const twice = grouped(spelled, ({ code }) => code)
  .filter(([, entries]) => entries.length > 1)
  .map(
    ([code, entries]) =>
      `${code} is defined ${entries.length} times: ${entries.map(({ at }) => at).join(', ')}`,
  )

/** One owner for each prefix, so that a text can be found by it. */
const shared = grouped(spelled, ({ prefix }) => prefix).flatMap(([prefix, entries]) => {
  const owners = grouped(entries, ({ owner }) => owner)
  if (owners.length === 1) return []
  const parts = owners.map(([owner, own]) => `${owner} (${own.map(({ code }) => code).join(', ')})`)
  return [`${prefix}/ has ${owners.length} owners: ${parts.join('; ')}`]
})

/** The codes that the `@throws` of a docblock name, each with its line. */
function thrown({ path, text }) {
  return [...text.matchAll(/\/\*\*[\s\S]*?\*\//g)].flatMap(block =>
    [...block[0].matchAll(/@throws[\s\S]*?(?=\n\s*\*\s*@|\*\/)/g)].flatMap(part =>
      [...part[0].matchAll(/`([a-z][a-z0-9-]*\/[a-z0-9-]+)`/g)].map(match => ({
        code: match[1],
        at: `${path}:${text.slice(0, block.index + part.index + match.index).split('\n').length}`,
      })),
    ),
  )
}

const named = sources.flatMap(thrown)
const unknown = named
  .filter(({ code }) => !known.has(code))
  .map(({ code, at }) => `${at}: @throws names ${code}, which no table defines`)

const tested = workspaces()
  .flatMap(({ path }) => filesBelow(join(path, 'test')))
  .map(path => readFileSync(path, 'utf8'))
  .join('\n')
const untested = spelled
  .filter(({ code }) => !new RegExp(`${code}(?![\\w-])`).test(tested))
  .map(({ code, at }) => `${at}: no test names ${code}`)

report(
  'codes',
  [...hidden, ...malformed, ...twice, ...shared, ...unknown, ...untested],
  [
    `${spelled.length} codes, ${grouped(spelled, ({ prefix }) => prefix).length} prefixes; ${named.length} named by @throws`,
  ],
)
