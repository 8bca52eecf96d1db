/**
 * The one rule: each package stands on a floor and imports only from floors below its own, never beside it; nothing
 * imports apps; no cycles. Beside it: where `node:` and randomness may be imported, that a successor does not need its
 * seed, that each dependency is declared and used, and that what a file exports is named by another.
 */
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { findCycles } from './lib/cycles.mjs'
import { report } from './lib/report.mjs'
import { sourcesOf } from './lib/source.mjs'
import { unusedExports } from './lib/unused-exports.mjs'
import { filesBelow, root, workspaces } from './lib/workspace.mjs'

/** Where a package stands. A package that is not here is a finding. */
const floors = {
  core: 0,
  tlog: 1,
  wire: 2,
  'kdf-keyring': 2,
  shamir: 2,
  audit: 2,
  'elgamal-session': 2,
  'emr-ledger': 2,
  'ipfs-envelope': 2,
  clinic: 3,
  conformance: 3,
}
const floorOf = name => floors[name.replace('@chartseal/', '')] ?? Number.NaN

const ours = name => name === 'chartseal' || name.startsWith('@chartseal/')
const packageOf = from =>
  (from.startsWith('@') ? from.split('/').slice(0, 2) : from.split('/').slice(0, 1)).join('/')
const isBare = from => !/^[.#]|^node:/.test(from)
const isPackage = workspace => workspace.folder.startsWith('packages/')
const isTestkit = workspace => workspace.manifest.name === '@chartseal/testkit'

// Node's own modules: durable files, `/fs` subpaths, the Node side of `#platform`, Node workers.
const nodeOnly = path =>
  /\/src\/(.*\/)?((fs|tcp)(\.ts|\/)|[^/]*-node\.ts)/.test(path) ||
  /^packages\/core\/src\/files(\.ts|\/)/.test(path)
const nodeSubpath = from =>
  from === '@chartseal/core/files' || /^@chartseal\/[^/]+\/(fs|tcp)(\/|$)/.test(from)
const chance = /^(random(Bytes|UUID|Int|Fill|FillSync)|getRandomValues|webcrypto)$/

const at = (source, entry) => `${source.path}:${entry.line}`

/** Whether a file of version 2 imports from the same package's version 1. */
function isSeed(path, from) {
  if (!from.startsWith('.')) return false
  const target = join(dirname(path), from)
  const isV1 = file => /\/src\/v1(\/|\.)/.test(file)
  return isV1(target) && !isV1(path) && !/\/src\/vectors(\/|\.)/.test(path)
}

function forbiddenInPackage(workspace, source, entry) {
  const { from, names } = entry
  if (from.startsWith('node:') && !nodeOnly(source.path)) return 'only a Node-only file may import this'
  if (nodeSubpath(from) && !nodeOnly(source.path)) return 'a main entry would carry files into browsers'
  if (packageOf(from) === workspace.manifest.name) return 'a package imports its own files by path'
  if (isBare(from) && ours(packageOf(from)) && !(floorOf(packageOf(from)) < floorOf(workspace.manifest.name)))
    return 'imports go down the floors, never sideways'
  if (isSeed(source.path, from)) return 'version 2 does not need version 1'
  if (names.some(name => chance.test(name))) return 'randomness comes in as an argument (core/ports)'
  return null
}

function forbiddenInTest(workspace, { from }) {
  if (/^\.\.\/.*\bsrc\//.test(from)) return 'tests import what was built, or a module exists twice'
  if (!isBare(from) || !ours(packageOf(from)) || !isPackage(workspace)) return null
  const { name, dependencies = {} } = workspace.manifest
  const allowed = [name, '@chartseal/testkit', ...Object.keys(dependencies)]
  return allowed.includes(packageOf(from))
    ? null
    : 'tests know their package, what it depends on, and testkit'
}

function forbidden(workspace, source, entry, inTest) {
  if (packageOf(entry.from) === 'chartseal' || /(^|\/)apps\//.test(entry.from)) return 'nothing imports apps'
  if (inTest) return forbiddenInTest(workspace, entry)
  return isPackage(workspace) && !isTestkit(workspace) ? forbiddenInPackage(workspace, source, entry) : null
}

/** The server keeps what it cannot read: what holds keys of people, or opens anything with them, has no name in it. */
const keyHolders =
  /^@chartseal\/(kdf-keyring|shamir|wire|clinic)$|^@chartseal\/core\/(keys|aead|x25519|hpke|frost)$/

/** Of the conference the server has the relay, which has no key. */
const relayAlone = /^@chartseal\/elgamal-session\/(relay|fs\/frame-log)$/

/**
 * Of the prescription ledger the server has what keeps and checks. One file signs, and changes of the roster alone: a
 * server prescribes and dispenses nothing.
 */
const ledgerSigning = [
  'attach',
  'ed25519Signer',
  'prepare',
  'signWith',
  'encodeRecord',
  'recordOf',
  'encodeClaims',
]
const registrarFile = 'apps/server/src/ledger/registrar.ts'
/** Signs blocks, which are no records. */
const sealFile = 'apps/server/src/ledger/seal.ts'

function ledgerFindings(source) {
  const signing = source.imports
    .filter(({ from }) => packageOf(from) === '@chartseal/emr-ledger')
    .flatMap(entry => {
      if (entry.from !== '@chartseal/emr-ledger')
        return [`${at(source, entry)} imports ${entry.from}: only the main entry`]
      const names = entry.names.length === 0 ? ['everything'] : entry.names
      return names
        .filter(
          name => name === 'everything' || ledgerSigning.includes(name) || /^(commit|commitsTo)$/.test(name),
        )
        .filter(
          name => source.path !== registrarFile && !(source.path === sealFile && name === 'ed25519Signer'),
        )
        .map(
          name => `${at(source, entry)} imports ${name}: the server signs no record, but for the registrar`,
        )
    })
  return /kind: '(prescribe|replace|cancel|dispense)'/.test(source.text)
    ? [...signing, `${source.path} makes a record of a prescription: the server signs none`]
    : signing
}

/** What the server may name of packages that also open: what checks, and what answers. */
const keylessNames = {
  '@chartseal/ipfs-envelope': ['GrantList', 'grantListCid', 'parseGrantList'],
  '@chartseal/ipfs-envelope/shl':
    'answerShl FileTicket LinkAccess maxManifestRequestBytes requireServable ShlRequest ShlStore StoredLink'.split(
      ' ',
    ),
  '@chartseal/ipfs-envelope/unixfs': ['blockLinks'],
}

function openerFindings(source) {
  return source.imports
    .filter(({ from }) => packageOf(from) === '@chartseal/ipfs-envelope')
    .flatMap(entry =>
      (entry.names.length === 0 ? ['everything'] : entry.names)
        .filter(name => !(keylessNames[entry.from] ?? []).includes(name))
        .map(name => `${at(source, entry)} imports ${name} of ${entry.from}: the server opens nothing`),
    )
}

function keylessFindings(workspace, sources) {
  if (workspace.folder !== 'apps/server') return []
  return sources.flatMap(source => [
    ...source.imports
      .filter(({ from }) => keyHolders.test(from))
      .map(entry => `${at(source, entry)} imports ${entry.from}: the server holds no key of a patient`),
    ...openerFindings(source),
    ...ledgerFindings(source),
    ...source.imports
      .filter(({ from }) => packageOf(from) === '@chartseal/elgamal-session' && !relayAlone.test(from))
      .map(entry => `${at(source, entry)} imports ${entry.from}: the server is a relay, and has no key`),
    ...(/\b(SecretBytes|AeadKey)\b/.test(source.text)
      ? [`${source.path} names a key: the server holds no secret`]
      : []),
  ])
}

const importFindings = (workspace, sources, inTest) =>
  sources.flatMap(source =>
    source.imports.flatMap(entry => {
      const reason = forbidden(workspace, source, entry, inTest)
      return reason === null ? [] : [`${at(source, entry)} imports ${entry.from}: ${reason}`]
    }),
  )

const rootManifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

function undeclared(workspace, sources, declared) {
  return sources.flatMap(source =>
    source.imports
      .filter(({ from }) => isBare(from) && !declared.has(packageOf(from)))
      .map(
        entry =>
          `${at(source, entry)} imports ${packageOf(entry.from)}, which ${workspace.folder} does not declare`,
      ),
  )
}

/** Files of other packages that are read as data: `….resolve('name/file')`. */
const resolvedBy = source =>
  [...source.text.matchAll(/\.resolve\('([^'.][^']*)'\)/g)].map(([, from]) => packageOf(from))

const importedBy = sources =>
  new Set(
    sources.flatMap(source => [...source.imports.map(({ from }) => packageOf(from)), ...resolvedBy(source)]),
  )

// Types of a package that has none of its own come from @types.
const typesOf = name => name.replace(/^@types\//, '')

function unused(workspace, names, imported, field) {
  const scripts = [
    JSON.stringify(workspace.manifest.scripts ?? {}),
    ...filesBelow(workspace.path)
      .filter(path => path.endsWith('.mjs') || path.endsWith('asconfig.json'))
      .map(path => readFileSync(path, 'utf8')),
  ].join('\n')
  return names
    .filter(name => !imported.has(name) && !imported.has(typesOf(name)) && !scripts.includes(name))
    .filter(name => !(name === 'assemblyscript' && existsSync(join(workspace.path, 'assembly'))))
    .map(name => `${workspace.folder}/package.json: ${field} names ${name}, which nothing imports`)
}

function dependencyFindings(workspace, sources, tests) {
  const { devDependencies = {}, optionalDependencies = {}, name } = workspace.manifest
  const dependencies = { ...workspace.manifest.dependencies, ...optionalDependencies }
  const forTests = [
    name,
    ...Object.keys({ ...dependencies, ...devDependencies, ...rootManifest.devDependencies }),
  ]
  const typeOnly = sources.map(source => ({
    ...source,
    imports: source.imports.filter(entry => entry.typeOnly),
  }))
  const atRunTime = sources.map(source => ({
    ...source,
    imports: source.imports.filter(entry => !entry.typeOnly),
  }))
  return [
    ...undeclared(workspace, atRunTime, new Set(Object.keys(dependencies))),
    ...undeclared(
      workspace,
      typeOnly,
      new Set(Object.keys({ ...dependencies, ...devDependencies }).map(typesOf)),
    ),
    ...undeclared(workspace, tests, new Set(forTests)),
    ...unused(workspace, Object.keys(dependencies), importedBy(sources), 'dependencies'),
    ...unused(workspace, Object.keys(devDependencies), importedBy([...sources, ...tests]), 'devDependencies'),
  ]
}

/** TypeScript builds in the order of its references, so they name the dependencies of ours. */
function referenceFindings(workspace, all) {
  const config = JSON.parse(readFileSync(join(workspace.path, 'tsconfig.json'), 'utf8'))
  const referenced = (config.references ?? []).map(({ path }) => join(workspace.folder, path)).sort()
  const needed = all
    .filter(other => Object.hasOwn(workspace.manifest.dependencies ?? {}, other.manifest.name))
    .map(other => other.folder)
    .sort()
  if (`${referenced}` === `${needed}`) return []
  return [`${workspace.folder}/tsconfig.json references [${referenced}]; its dependencies are [${needed}]`]
}

function localTargets(workspace, source, from) {
  if (from.startsWith('.'))
    return ['.ts', '.tsx'].map(ending => join(dirname(source.path), from).replace(/\.js$/, ending))
  const entry = workspace.manifest.imports?.[from]
  return entry === undefined
    ? []
    : Object.values(entry).map(path =>
        join(workspace.folder, path).replace('/dist/', '/src/').replace(/\.js$/, '.ts'),
      )
}

function cycleFindings(workspace, sources) {
  const edges = new Map(
    sources.map(source => [
      source.path,
      source.imports
        .filter(entry => !entry.typeOnly)
        .flatMap(({ from }) => localTargets(workspace, source, from)),
    ]),
  )
  return findCycles(edges).map(cycle => `import cycle: ${cycle.join(' -> ')}`)
}

const all = workspaces().map(workspace => ({
  workspace,
  sources: sourcesOf(workspace, 'src'),
  tests: ['test', 'browser'].flatMap(folder => sourcesOf(workspace, folder)),
}))
const folders = all.map(({ workspace }) => workspace)
const findings = all.flatMap(({ workspace, sources, tests }) => {
  return [
    ...importFindings(workspace, sources, false),
    ...keylessFindings(workspace, sources),
    ...importFindings(workspace, tests, true),
    ...dependencyFindings(workspace, sources, tests),
    ...referenceFindings(workspace, folders),
    ...cycleFindings(workspace, sources),
  ]
})
report('graph', [
  ...findings,
  ...unusedExports(
    folders,
    all.flatMap(({ sources, tests }) => [...sources, ...tests]),
  ),
])
