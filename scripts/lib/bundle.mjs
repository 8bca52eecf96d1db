/**
 * The command line and the server as they are published: our packages, and the small libraries that every start needs,
 * joined into some hundred files. What a start costs is how many it loads (bench/README.md). Everything else stays a
 * dependency. The server brings the page.
 */
import {
  chmodSync,
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { isBuiltin } from 'node:module'
import { dirname, join } from 'node:path'
import { rolldown } from 'rolldown'
import { root, workspaces } from './workspace.mjs'

/** What is copied beside our own packages; each has its licence in the notice. */
const copied = [
  ...['@noble/curves', '@noble/hashes', '@noble/post-quantum'],
  ...['@scure/base', 'cborg', 'commander'],
]
export const noticeName = 'THIRD-PARTY.md'

/**
 * What becomes a bundle, by the name of its package. Workers are named by `new URL('./mining/worker-node.js',
 * import.meta.url)`: each keeps its name beside the rest. `page` is the app whose built page goes along.
 */
const programs = {
  chartseal: {
    app: 'apps/cli',
    workers: {
      'mining/worker-node': 'packages/emr-ledger/dist/mining/worker-node.js',
      'handshake-worker-node': 'packages/elgamal-session/dist/fs/handshake-worker-node.js',
      'run-worker-node': 'packages/core/dist/chunked/run-worker-node.js',
    },
  },
  'chartseal-server': {
    app: 'apps/server',
    workers: { 'relay-process': 'apps/server/dist/conference/relay-process.js' },
    page: 'apps/console',
  },
}

/** The folders of the workspaces that the program `name` is made from, with what they depend on. */
export const workspacesOf = name => [programs[name].app, programs[name].page].filter(one => one !== undefined)

const readJson = path => JSON.parse(readFileSync(path, 'utf8'))
const packageOf = from => from.split('/', from.startsWith('@') ? 2 : 1).join('/')
const isOurs = name => name.startsWith('@chartseal/') || /^chartseal(-|$)/.test(name)
// A newer Node may have more of them than the one that packs.
const isNode = from => from.startsWith('node:') || isBuiltin(from)
const isBare = from => !/^[./#]/.test(from)

/** Manifest and folder of the package that a module belongs to; a manifest without a name only says how files are read. */
function ownerOf(module) {
  for (let folder = dirname(module); ; folder = dirname(folder)) {
    const path = join(folder, 'package.json')
    const manifest = existsSync(path) ? readJson(path) : {}
    if (manifest.name !== undefined && manifest.version !== undefined) return { folder, manifest }
    if (folder === dirname(folder)) throw new Error(`${module} belongs to no package`)
  }
}

/** The modules that the page of an app is made of, as its own build (Vite) finds them. */
async function modulesOfPage(app) {
  const bundle = await rolldown({ input: join(root, app, 'dist/main.js'), platform: 'browser' })
  const { output } = await bundle.generate({ format: 'esm' })
  await bundle.close()
  return modulesOf(output)
}

/** The built page beside the program; the modules that are in it. */
async function copyPage(app, folder) {
  const built = join(root, app, 'dist/page')
  if (!existsSync(join(built, 'manifest.json'))) throw new Error(`the page of ${app} is not built`)
  cpSync(built, join(folder, 'dist/page'), { recursive: true })
  return modulesOfPage(app)
}

const modulesOf = output => output.flatMap(chunk => chunk.moduleIds ?? []).filter(id => !id.startsWith('\0'))

/** What the package itself says of its licence: files of their own, or the section of its README, as those of IPFS have. */
function licenceOf(folder, name) {
  const files = readdirSync(folder)
  const read = file => readFileSync(join(folder, file), 'utf8').trim()
  const texts = files.filter(file => /^(licen[cs]e|notice)/i.test(file)).map(read)
  if (texts.length > 0) return texts
  const readme = files.find(file => /^readme(\.md)?$/i.test(file))
  const section = readme && /^#+ *licen[cs]e\n+([^#]+)/im.exec(read(readme))?.[1]
  if (!section) throw new Error(`${name} has no licence text: it must not be copied`)
  return [section.trim()]
}

function noticeOf(modules) {
  const owners = new Map(modules.map(ownerOf).map(owner => [owner.folder, owner]))
  const foreign = [...owners.values()].filter(({ manifest }) => !isOurs(manifest.name))
  const parts = foreign
    .sort((a, b) => (a.manifest.name < b.manifest.name ? -1 : 1))
    .map(({ folder, manifest: { name, version, license, author } }) => {
      const by = author === undefined ? [] : [`By ${author.name ?? author}.`]
      return [
        `## ${name} ${version} (${license})`,
        ...by,
        ...licenceOf(folder, name).map(text => `\`\`\`text\n${text}\n\`\`\``),
      ]
    })
  const head = ['# Third parties', 'The files in `dist` contain parts of these packages.']
  return `${[...head, ...parts.flat()].join('\n\n')}\n`
}

/** What files of the bundle look for beside themselves must be there. */
function requireNeighbours(folder, output) {
  for (const { fileName, code } of output) {
    for (const [, path] of code.matchAll(/new URL\("([^"]+)", import\.meta\.url\)/g))
      if (!existsSync(join(folder, dirname(fileName), path)))
        throw new Error(`${fileName} of the bundle looks for ${path}, which is not there`)
  }
}

/** The folder of a dependency, of whichever of our packages. */
export function installedAt(name) {
  const paths = workspaces().map(({ path }) => join(path, 'node_modules', name))
  const found = paths.find(path => existsSync(path))
  if (found === undefined) throw new Error(`the bundle needs ${name}, which no package declares`)
  return realpathSync(found)
}

async function write({ app, workers }, folder) {
  const bundle = await rolldown({
    input: { main: join(root, app, 'dist/main.js'), ...absolute(workers) },
    platform: 'node',
    external: from =>
      isNode(from) || (isBare(from) && !isOurs(packageOf(from)) && !copied.includes(packageOf(from))),
    onLog: (_, { message }) => {
      throw new Error(message)
    },
  })
  // All side by side, as `../package.json` and the workers are found from the file that asks for them.
  const { output } = await bundle.write({ dir: folder, format: 'esm', chunkFileNames: '[name].js' })
  await bundle.close()
  return output
}

const absolute = entries =>
  Object.fromEntries(Object.entries(entries).map(([name, path]) => [name, join(root, path)]))

/**
 * Puts the bundle of the program `name`, with its notice, in place of `dist` of the package in `folder`.
 * @returns the dependencies that are left
 */
export async function bundleInto(folder, name) {
  const program = programs[name]
  rmSync(join(folder, 'dist'), { recursive: true, force: true })
  const output = await write(program, join(folder, 'dist'))
  requireNeighbours(join(folder, 'dist'), output)
  chmodSync(join(folder, 'dist/main.js'), 0o755)
  const onPage = program.page === undefined ? [] : await copyPage(program.page, folder)
  writeFileSync(join(folder, noticeName), noticeOf([...modulesOf(output), ...onPage]))
  return dependenciesOf(program, output)
}

function dependenciesOf({ app }, output) {
  const own = new Set(output.map(({ fileName }) => fileName))
  const imported = output
    .flatMap(chunk => [...chunk.imports, ...chunk.dynamicImports])
    .filter(from => !own.has(from) && !isNode(from))
  // What a program itself depends on is not only imported: a list of words is read as data.
  const { dependencies, optionalDependencies = {} } = readJson(join(root, app, 'package.json'))
  const left = name => !isOurs(name) && !copied.includes(name) && !Object.hasOwn(optionalDependencies, name)
  const names = [...Object.keys(dependencies), ...imported.map(packageOf)].filter(left)
  return Object.fromEntries(
    [...new Set(names)].sort().map(name => [name, readJson(join(installedAt(name), 'package.json')).version]),
  )
}
