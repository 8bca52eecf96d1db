/** The next release, rehearsed: each package packed, published to a registry on loopback, and installed from there. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { noticeName } from './lib/bundle.mjs'
import { homeFields, readHome, relativeLinks, withAbsoluteLinks } from './lib/home.mjs'
import { nextRelease } from './lib/next-release.mjs'
import { run } from './lib/process.mjs'
import { isAsset, publishedFindings, subpathsOf } from './lib/published.mjs'
import { report } from './lib/report.mjs'
import { sbomName } from './lib/sbom.mjs'
import { billFindings } from './lib/sbom-findings.mjs'
import { pack, publishable, tarballFiles, tarballText } from './lib/tarballs.mjs'
import { root } from './lib/workspace.mjs'

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
  const notices = manifest.bin === undefined ? [] : [noticeName, sbomName]
  const basics = ['README.md', 'LICENSE', 'package.json', ...notices].filter(path => !files.includes(path))
  return [
    ...[...missing, ...basics].map(path => `${manifest.name}: the tarball lacks ${path}`),
    ...surplus.map(path => `${manifest.name}: the tarball holds ${path}`),
  ]
}

// Links are tried with a home even while there is none.
const home = readHome() ?? 'https://example.org/owner/name'

/** In an installed package a link leads to a file that is packed, or to a page of the project that exists. */
function linkFindings({ manifest, folder, path }, tarball, version) {
  const packed = tarballFiles(tarball)
  const blob = `${home}/blob/v${version}/`
  const page = withAbsoluteLinks(readFileSync(join(path, 'README.md'), 'utf8'), {
    folder,
    home,
    packed,
    version,
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

/** Nothing of the workspace is left in a manifest, it names its home exactly when there is one, and ours at one version. */
function manifestFindings({ manifest, folder }, tarball, version) {
  const text = tarballText(tarball, 'package.json')
  const packed = JSON.parse(text)
  const { repository, homepage, bugs, scripts, devDependencies } = packed
  const ours = Object.entries(packed.dependencies).filter(([name]) => name.startsWith('@chartseal/'))
  const wanted = homeFields(readHome(), folder)
  return [
    ...(/"(workspace|catalog):/.test(text) ? ['it names versions that only the workspace knows'] : []),
    ...([['itself', packed.version], ...ours].every(([, one]) => one === version)
      ? []
      : [`it and what it needs of ours are not all of version ${version}`]),
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

async function packageFindings(workspace, folder, version, tarballs) {
  const tarball = await pack(workspace, folder, { home: readHome(), version })
  if (tarball === null) return [`${workspace.manifest.name} cannot be packed`]
  tarballs.set(workspace.manifest.name, tarball)
  return [
    ...contentFindings(workspace, tarball),
    ...linkFindings(workspace, tarball, version),
    ...manifestFindings(workspace, tarball, version),
    ...(workspace.manifest.bin === undefined ? [] : await billFindings(tarball)),
    ...(await publintFindings(workspace, tarball)),
    ...attwFindings(workspace, tarball),
  ]
}

const folder = mkdtempSync(join(tmpdir(), 'chartseal-pack-'))
try {
  const tarballs = new Map()
  const { findings: unready, version } = nextRelease()
  const findings = [...unready, ...guardFindings()]
  const to = join(folder, 'tarballs')
  mkdirSync(to)
  for (const workspace of publishable())
    findings.push(...(await packageFindings(workspace, to, version, tarballs)))
  findings.push(...(await publishedFindings(folder, [...tarballs.values()], version)))
  report('pack', findings, [`${tarballs.size} tarballs of version ${version}`])
} finally {
  rmSync(folder, { recursive: true, force: true })
}
