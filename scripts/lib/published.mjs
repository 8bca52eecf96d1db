/** Packages from a registry, as their users get them: published, installed on each Node, imported, bundled, used. */
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, delimiter, dirname, join } from 'node:path'
import { browserFindings } from './browser-bundle.mjs'
import { bun } from './bun.mjs'
import { nodeOf } from './node24.mjs'
import { serverFindings } from './packed-server.mjs'
import { childEnv, run, runPnpm } from './process.mjs'
import { programFindings, programIn } from './program.mjs'
import { registryEnv, withRegistry } from './registry.mjs'
import { publishable } from './tarballs.mjs'
import { root } from './workspace.mjs'

export const isAsset = subpath => /\.(wasm|json)$/.test(subpath)
export const subpathsOf = manifest => Object.keys(manifest.exports ?? {})
const isNodeOnly = specifier => /\/(fs|tcp)(\/|$)/.test(specifier) || specifier === '@chartseal/core/files'
const isProgram = ({ manifest }) => manifest.bin !== undefined
const programs = () => publishable().filter(isProgram)
const libraries = () => publishable().filter(one => !isProgram(one))

/** Versions that users may have, beside the oldest, which runs this. */
const others = [22, 24]

/** First one package alone, as if the release broke off then: publishing again goes on. */
function publish(folder, tarballs, address) {
  const broken = join(folder, 'broken-off')
  mkdirSync(broken)
  const first = tarballs.find(path => basename(path).startsWith('chartseal-core-'))
  cpSync(first, join(broken, basename(first)))
  const release = from => [join(root, 'scripts/release.mjs'), from, '--rehearse', address]
  const env = childEnv(registryEnv(address))
  const isDone = from => run(process.execPath, release(from), { env, shell: false }) === 0
  return isDone(broken) && isDone(dirname(first)) ? [] : ['the packages cannot be published: see above']
}

/** An empty project with all libraries. Nothing is hoisted, so a package finds only what it declares itself. */
function installLibraries(project, version, address) {
  mkdirSync(project, { recursive: true })
  const names = libraries().map(({ manifest }) => [manifest.name, version])
  const manifest = { private: true, type: 'module', dependencies: Object.fromEntries(names) }
  writeFileSync(join(project, 'package.json'), JSON.stringify(manifest))
  const settings = ['packages: []', 'hoist: false', 'autoInstallPeers: false']
  const ours = ['registries:', `  '@chartseal': '${address}'`, '']
  writeFileSync(join(project, 'pnpm-workspace.yaml'), [...settings, ...ours].join('\n'))
  const args = ['--silent', 'install', '--prefer-offline', '--ignore-scripts', '--no-frozen-lockfile']
  return runPnpm(args, { cwd: project, env: childEnv({ CI: 'true' }) }) === 0
}

const importer = `
import { readFileSync } from 'node:fs'
let failed = 0
for (const name of JSON.parse(process.argv[2])) {
  try {
    if (/\\.(wasm|json)$/.test(name)) readFileSync(new URL(import.meta.resolve(name)))
    else if (Object.keys(await import(name)).length === 0 && !name.endsWith('/ports')) throw new Error('it exports nothing')
  } catch (error) {
    failed = 1
    console.log(\`\${name}: \${error.message}\`)
  }
}
process.exitCode = failed
`

/** The example of the first page. */
function example() {
  const [, code] = /^```ts\n([\s\S]*?)^```$/m.exec(readFileSync(join(root, 'README.md'), 'utf8'))
  return code
}

function libraryFindings(project, runtimes) {
  const specifiers = libraries().flatMap(({ manifest }) =>
    subpathsOf(manifest).map(subpath => `${manifest.name}${subpath.slice(1)}`),
  )
  writeFileSync(join(project, 'import-all.mjs'), importer)
  const options = { cwd: project, stdio: ['ignore', 1, 1], shell: false }
  const findings = runtimes
    .filter(runtime => run(runtime, ['import-all.mjs', JSON.stringify(specifiers)], options) !== 0)
    .map(runtime => `some published package cannot be imported with ${runtime}: see above`)
  findings.push(
    ...typeFindings(
      project,
      specifiers.filter(one => !isAsset(one)),
    ),
  )
  return { findings, forBrowsers: specifiers.filter(one => !isAsset(one) && !isNodeOnly(one)) }
}

/** Projects that check the types of what they install: a program for Node, and a page that has no types of Node. */
const consumers = {
  node: {
    module: 'NodeNext',
    lib: ['ES2023'],
    types: ['node'],
    typeRoots: [join(root, 'node_modules/@types')],
  },
  page: { module: 'ESNext', moduleResolution: 'bundler', lib: ['ES2022', 'DOM', 'DOM.Iterable'], types: [] },
}

/** What TypeScript says of our declarations; what packages of others lack is theirs. */
function wrongTypes(project, config) {
  const tsc = [join(root, 'node_modules/typescript/bin/tsc'), '-p', config]
  const { stdout } = spawnSync(process.execPath, tsc, { cwd: project, encoding: 'utf8' })
  const isOfOthers = line => line.includes('node_modules/') && !line.includes('/@chartseal/')
  return stdout.split('\n').filter(line => /error TS/.test(line) && !isOfOthers(line))
}

function typeFindings(project, specifiers) {
  const lines = specifiers.map((name, i) => `export * as m${i} from '${name}'\n`)
  writeFileSync(join(project, 'all.ts'), lines.join(''))
  const strict = {
    target: 'ES2022',
    strict: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: false,
    noEmit: true,
  }
  return Object.entries(consumers).flatMap(([name, settings]) => {
    const config = { compilerOptions: { ...strict, ...settings }, files: ['all.ts'] }
    writeFileSync(join(project, `${name}.json`), JSON.stringify(config))
    return wrongTypes(project, `${name}.json`).map(line => `types in a ${name} project: ${line}`)
  })
}

/** What Bun does with the libraries: it is not among what we support, so it is asked for the example alone. */
function bunFindings(project) {
  const runtime = bun()
  if (runtime === null) return ['Bun cannot be installed']
  writeFileSync(join(project, 'example.ts'), example())
  const options = { cwd: project, stdio: ['ignore', 'ignore', 1], shell: false }
  return run(runtime, ['example.ts'], options) === 0
    ? []
    : ['the example of README.md fails on Bun: see above']
}

/** The programs as npm of this Node installs them for everybody on a machine, and what they do not do there. */
async function programsFindings(prefix, node, version, address) {
  const names = programs().map(({ manifest }) => `${manifest.name}@${version}`)
  const quiet = ['--no-audit', '--no-fund', '--loglevel=error', '--prefer-offline']
  const path = `${dirname(node)}${delimiter}${process.env.PATH ?? ''}`
  const env = childEnv({ ...registryEnv(address), PATH: path })
  if (run('npm', ['install', '--global', '--prefix', prefix, ...quiet, ...names], { env }) !== 0)
    return [`npm on ${node} cannot install ${names.join(' and ')}`]
  const project = join(prefix, 'lib')
  return [
    ...programFindings(node, programIn(project)),
    ...(await serverFindings(node, programIn(project, 'chartseal-server'), version)),
  ]
}

async function installedFindings(folder, version, address) {
  const nodes = [process.execPath, ...others.map(nodeOf)]
  if (nodes.includes(null)) return [`one of Node ${others.join(', ')} cannot be installed`]
  const project = join(folder, 'project')
  if (!installLibraries(project, version, address))
    return ['the published packages cannot be installed into an empty project']
  const { findings, forBrowsers } = libraryFindings(project, nodes)
  findings.push(...bunFindings(project))
  for (const name of forBrowsers) findings.push(...(await browserFindings(project, name)))
  for (const [i, node] of nodes.entries())
    findings.push(...(await programsFindings(join(folder, `programs-${i}`), node, version, address)))
  return findings
}

/** What is wrong with these tarballs once they are published as `version` and installed. */
export async function publishedFindings(folder, tarballs, version) {
  const findings = await withRegistry(join(folder, 'registry'), async address => {
    const unpublished = publish(folder, tarballs, address)
    return unpublished.length > 0 ? unpublished : installedFindings(folder, version, address)
  })
  return findings ?? ['the registry of the rehearsal cannot be installed, or does not start']
}
