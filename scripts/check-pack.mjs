/** What users get: each package packed, installed into an empty project, imported on Node 20 and 24, bundled. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { browserFindings } from './lib/browser-bundle.mjs'
import { noticeName } from './lib/bundle.mjs'
import { homeFields, readHome, relativeLinks, withAbsoluteLinks } from './lib/home.mjs'
import { node24 } from './lib/node24.mjs'
import { serverFindings } from './lib/packed-server.mjs'
import { run } from './lib/process.mjs'
import { programFindings, programIn } from './lib/program.mjs'
import { report } from './lib/report.mjs'
import { installTarballs, pack, publishable, tarballFiles, tarballText } from './lib/tarballs.mjs'
import { root } from './lib/workspace.mjs'

const isAsset = subpath => /\.(wasm|json)$/.test(subpath)
const isNodeOnly = specifier => /\/(fs|tcp)(\/|$)/.test(specifier) || specifier === '@chartseal/core/files'
const subpathsOf = manifest => Object.keys(manifest.exports ?? {})
const specifier = (manifest, subpath) => `${manifest.name}${subpath.slice(1)}`

const targetsOf = entry => (typeof entry === 'string' ? [entry] : Object.values(entry).flatMap(targetsOf))

function contentFindings({ manifest }, tarball) {
  const files = tarballFiles(tarball)
  const promised = [
    ...Object.values(manifest.exports ?? {}),
    ...Object.values(manifest.imports ?? {}),
    manifest.bin ?? {},
  ]
  const missing = promised
    .flatMap(targetsOf)
    .map(path => path.replace(/^\.\//, ''))
    .filter(path => !files.includes(path))
  const surplus = files.filter(path => /tsbuildinfo|(^|\/)tests?\/|\.test\.|(^|\/)coverage\//.test(path))
  const notices = manifest.bin === undefined ? [] : [noticeName]
  const basics = ['README.md', 'LICENSE', 'package.json', ...notices].filter(path => !files.includes(path))
  return [
    ...[...missing, ...basics].map(path => `${manifest.name}: the tarball lacks ${path}`),
    ...surplus.map(path => `${manifest.name}: the tarball holds ${path}`),
  ]
}

// Links are tried with a home even while there is none.
const home = readHome() ?? 'https://example.org/owner/name'

/** In an installed package a link leads to a file that is packed, or to a page of the project that exists. */
function linkFindings({ manifest, folder, path }, tarball) {
  const packed = tarballFiles(tarball)
  const blob = `${home}/blob/v${manifest.version}/`
  const page = withAbsoluteLinks(readFileSync(join(path, 'README.md'), 'utf8'), {
    folder,
    home,
    packed,
    version: manifest.version,
  })
  const ours = [...page.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target.split('#')[0])
  return [
    ...relativeLinks(tarballText(tarball, 'README.md'))
      .filter(target => !packed.includes(target.split('#')[0]))
      .map(target => `${manifest.name}: the packed README links to ${target}, which is not packed`),
    ...ours
      .filter(target => target.startsWith(blob) && !existsSync(join(root, target.slice(blob.length))))
      .map(target => `${manifest.name}: the packed README would link to ${target}, which is not there`),
  ]
}

/** Nothing of the workspace is left in a manifest, and it names its home exactly when there is one. */
function manifestFindings({ manifest, folder }, tarball) {
  const text = tarballText(tarball, 'package.json')
  const { repository, homepage, bugs, scripts, devDependencies } = JSON.parse(text)
  const wanted = homeFields(readHome(), folder)
  return [
    ...(/"(workspace|catalog):/.test(text) ? ['it names versions that only the workspace knows'] : []),
    ...(scripts === undefined && devDependencies === undefined ? [] : ['it holds scripts or tools']),
    ...(JSON.stringify({ repository, homepage, bugs }) === JSON.stringify(wanted)
      ? []
      : ['its repository, homepage and bugs are not those of config.home']),
  ].map(text => `${manifest.name}: the packed package.json: ${text}`)
}

/** `npm pack` and `npm publish` in a package's folder make what nobody can install, so they are refused. */
function guardFindings() {
  const guard = env =>
    run(process.execPath, ['scripts/before-pack.mjs'], { env, stdio: 'ignore', shell: false })
  return [
    ...(guard({ npm_config_user_agent: 'npm/10.0.0' }) === 0 ? ['npm pack in a package is not refused'] : []),
    ...(guard({ npm_config_user_agent: 'pnpm/12.0.0', npm_command: 'publish' }) === 0
      ? ['publishing from a folder is not refused']
      : []),
  ]
}

async function publintFindings({ manifest }, tarball) {
  const bytes = readFileSync(tarball)
  const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength)
  const { messages, pkg } = await publint({ strict: true, pack: { tarball: buffer } })
  return messages.map(
    message => `${manifest.name}: publint: ${formatMessage(message, pkg, { color: false })}`,
  )
}

function attwFindings({ manifest }, tarball) {
  const subpaths = subpathsOf(manifest)
  if (subpaths.every(isAsset)) return []
  const assets = subpaths.filter(isAsset)
  const exclude = assets.length === 0 ? [] : ['--exclude-entrypoints', ...assets]
  const args = [
    join(root, 'node_modules/.bin/attw'),
    tarball,
    '--profile',
    'esm-only',
    '--format',
    'ascii',
    ...exclude,
  ]
  const options = { stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8' }
  return run(args[0], args.slice(1), options) === 0
    ? []
    : [`${manifest.name}: attw complains; run: attw --pack ${manifest.name} --profile esm-only`]
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
    console.log(\`\${name} on Node \${process.version}: \${error.message}\`)
  }
}
process.exitCode = failed
`

async function nodeFindings(folder, node, specifiers) {
  writeFileSync(join(folder, 'import-all.mjs'), importer)
  const options = { cwd: folder, stdio: ['ignore', 1, 1], shell: false }
  const { version } = publishable()[0].manifest
  const imported = run(node, ['import-all.mjs', JSON.stringify(specifiers)], options)
  return [
    ...(imported === 0 ? [] : [`some packed package cannot be imported with ${node}: see above`]),
    ...programFindings(node, programIn(folder)),
    ...(await serverFindings(node, programIn(folder, 'chartseal-server'), version)),
  ]
}

async function packageFindings(workspace, folder, tarballs) {
  const tarball = await pack(workspace, folder, readHome())
  if (tarball === null) return [`${workspace.manifest.name} cannot be packed`]
  tarballs.set(workspace.manifest.name, tarball)
  return [
    ...contentFindings(workspace, tarball),
    ...linkFindings(workspace, tarball),
    ...manifestFindings(workspace, tarball),
    ...(await publintFindings(workspace, tarball)),
    ...attwFindings(workspace, tarball),
  ]
}

async function projectFindings(folder, tarballs) {
  const project = join(folder, 'project')
  if (!installTarballs(project, tarballs)) return ['the tarballs cannot be installed into an empty project']
  const specifiers = publishable().flatMap(({ manifest }) =>
    subpathsOf(manifest).map(path => specifier(manifest, path)),
  )
  const findings = await nodeFindings(project, process.execPath, specifiers)
  const newer = node24()
  findings.push(
    ...(newer === null ? ['Node 24 cannot be installed'] : await nodeFindings(project, newer, specifiers)),
  )
  for (const name of specifiers.filter(one => !isAsset(one) && !isNodeOnly(one))) {
    findings.push(...(await browserFindings(project, name)))
  }
  return findings
}

const folder = mkdtempSync(join(tmpdir(), 'chartseal-pack-'))
try {
  const tarballs = new Map()
  const findings = guardFindings()
  for (const workspace of publishable())
    findings.push(...(await packageFindings(workspace, folder, tarballs)))
  findings.push(...(await projectFindings(folder, tarballs)))
  report('pack', findings, [`${tarballs.size} tarballs`])
} finally {
  rmSync(folder, { recursive: true, force: true })
}
