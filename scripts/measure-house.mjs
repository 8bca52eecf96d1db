/**
 * The shape of the code in numbers, for a tree before and after it was rebuilt:
 * `node scripts/measure-house.mjs [FOLDER …]`, each the root of a checkout that was built. Without one, this checkout.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readSource } from './lib/source.mjs'
import { filesBelow, root } from './lib/workspace.mjs'

const smallLines = 40
const sum = numbers => numbers.reduce((total, number) => total + number, 0)
const percentile = (numbers, share) =>
  numbers.toSorted((a, b) => a - b)[Math.floor((numbers.length - 1) * share)] ?? 0

/** The folders of the workspaces of a checkout, whatever they are called there. */
const workspacesOf = house =>
  ['packages', 'apps']
    .flatMap(group =>
      existsSync(join(house, group))
        ? readdirSync(join(house, group)).map(name => join(house, group, name))
        : [],
    )
    .concat(join(house, 'bench'))
    .filter(path => existsSync(join(path, 'package.json')))

const sourcesBelow = (house, folder) =>
  filesBelow(folder)
    .filter(path => path.endsWith('.ts') && !path.includes('.generated.'))
    .map(path => ({ ...readSource(path), file: path, name: relative(house, path) }))

/** The source file of a workspace that an import names, or `null`. */
function targetOf(workspace, file, from) {
  if (from.startsWith('.')) return join(dirname(file), from).replace(/\.js$/, '.ts')
  const manifest = JSON.parse(readFileSync(join(workspace, 'package.json'), 'utf8'))
  const entry = manifest.imports?.[from]
  return entry === undefined
    ? null
    : join(workspace, entry.default ?? entry)
        .replace('/dist/', '/src/')
        .replace(/\.js$/, '.ts')
}

/** How many source files of the same workspace import each file. */
function importersOf(workspace, sources) {
  const importers = new Map(sources.map(({ file }) => [file, new Set()]))
  for (const { file, imports } of sources)
    for (const { from } of imports) importers.get(targetOf(workspace, file, from))?.add(file)
  return [...importers.values()].map(set => set.size)
}

function shapeOf(house, folders) {
  const perWorkspace = folders.map(path => ({ path, sources: sourcesBelow(house, join(path, 'src')) }))
  const sources = perWorkspace.flatMap(one => one.sources)
  const importers = perWorkspace.flatMap(one => importersOf(one.path, one.sources))
  const lengths = sources.flatMap(source => source.functions.map(one => one.lines))
  const small = sources.filter(({ lines }) => lines <= smallLines).length
  return {
    files: sources.length,
    lines: sum(sources.map(({ lines }) => lines)),
    [`files of at most ${smallLines} lines`]: `${small} (${Math.round((100 * small) / sources.length)} %)`,
    'files with one importer': importers.filter(count => count === 1).length,
    'files over 250 lines': sources.filter(({ lines }) => lines > 250).length,
    'functions, median lines': percentile(lengths, 0.5),
    'functions, 95th percentile': percentile(lengths, 0.95),
    'functions, longest': Math.max(0, ...lengths),
  }
}

/** What Node itself says it loaded: V8 names each script. */
function modulesOf(house, args, cwd, env) {
  const folder = mkdtempSync(join(tmpdir(), 'chartseal-modules-'))
  try {
    const { status, stderr } = spawnSync(process.execPath, [join(house, 'apps/cli/dist/main.js'), ...args], {
      cwd,
      encoding: 'utf8',
      env: { ...env, NODE_V8_COVERAGE: folder },
    })
    if (status !== 0) return `ended with ${status}: ${stderr.trim().split('\n')[0]}`
    const urls = readdirSync(folder).flatMap(name =>
      JSON.parse(readFileSync(join(folder, name), 'utf8')).result.map(({ url }) => url),
    )
    const files = [...new Set(urls)].filter(url => url.startsWith('file://')).map(url => fileURLToPath(url))
    const ours = files.filter(path => !path.includes('/node_modules/'))
    return `${files.length} (${ours.length} ours)`
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Two paired rings, made as the tree's own guide says; the environment in which they open. */
function pair(house, cwd) {
  const guide = readFileSync(join(house, 'docs/guides/send-a-sealed-note.md'), 'utf8')
  const blocks = [...guide.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, commands]) => commands)
  const script = blocks.slice(
    0,
    blocks.findIndex(commands => commands.includes('message seal')),
  )
  writeFileSync(
    join(cwd, 'chartseal'),
    `#!/bin/sh\nexec '${process.execPath}' '${join(house, 'apps/cli/dist/main.js')}' "$@"\n`,
    { mode: 0o755 },
  )
  const [, passphrase] = /CHARTSEAL_PASSPHRASE='([^']*)'/.exec(guide) ?? []
  const env = { ...process.env, NO_COLOR: '1', INIT_CWD: cwd, CHARTSEAL_PASSPHRASE: passphrase }
  const path = `${cwd}${delimiter}${process.env.PATH}`
  spawnSync('sh', ['-eu', '-c', script.join('\n')], { cwd, env: { ...env, PATH: path } })
  return env
}

/** Loaded JavaScript files per start: a version, a help and a message that is really sealed. */
function startsOf(house) {
  if (!existsSync(join(house, 'apps/cli/dist/main.js'))) return { 'modules per start': 'not built' }
  const cwd = mkdtempSync(join(tmpdir(), 'chartseal-start-'))
  try {
    const env = pair(house, cwd)
    writeFileSync(join(cwd, 'note.txt'), 'Take one at night.')
    const commands = {
      'modules, --version': ['--version'],
      'modules, --help': ['--help'],
      'modules, message seal': [
        ...['message', 'seal', '--ring', 'okafor', '--patient', 'PAT-1', 'note.txt', '--out', 'note.sealed'],
      ],
      'modules, explain': ['explain', 'note.sealed'],
    }
    return Object.fromEntries(
      Object.entries(commands).map(([name, args]) => [name, modulesOf(house, args, cwd, env)]),
    )
  } finally {
    rmSync(cwd, { recursive: true, force: true })
  }
}

function houseOf(house) {
  const folders = workspacesOf(house)
  const cli = shapeOf(house, [join(house, 'apps/cli')])
  const tests = folders.flatMap(path => sourcesBelow(house, join(path, 'test')))
  return {
    workspaces: folders.length,
    ...shapeOf(house, folders),
    'test files': tests.length,
    'test lines': sum(tests.map(({ lines }) => lines)),
    ...Object.fromEntries(Object.entries(cli).map(([name, value]) => [`apps/cli: ${name}`, value])),
    ...startsOf(house),
  }
}

const houses = process.argv.length > 2 ? process.argv.slice(2).map(path => resolve(path)) : [root]
const columns = houses.map(houseOf)
const rows = Object.keys(columns[0]).map(
  name => `| ${[name, ...columns.map(one => one[name])].join(' | ')} |`,
)
const heads = houses.map((_, i) => (houses.length === 2 ? ['before', 'after'][i] : `tree ${i + 1}`))
process.stdout.write(
  [`| | ${heads.join(' | ')} |`, `|---|${heads.map(() => '---|').join('')}`, ...rows, ''].join('\n'),
)
