/** The publishable packages as they are published. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { bundleInto, workspacesOf } from './bundle.mjs'
import { homeFields, withAbsoluteLinks } from './home.mjs'
import { runPnpm } from './process.mjs'
import { sbomName, sbomOf } from './sbom.mjs'
import { filesBelow, workspaces } from './workspace.mjs'

export const publishable = () => workspaces().filter(({ manifest }) => manifest.private !== true)

const tarballName = ({ name, version }) => `${name.replace('@', '').replace('/', '-')}-${version}.tgz`

function tar(...args) {
  const { status, stdout, stderr } = spawnSync('tar', args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`tar ${args[0]} failed: ${stderr}`)
  return stdout
}

/** The paths inside a tarball, from the package's folder. */
export const tarballFiles = tarball =>
  tar('-tzf', tarball)
    .trim()
    .split('\n')
    .map(path => path.replace(/^package\//, ''))

/** The text of one file inside a tarball. */
export const tarballText = (tarball, path) => tar('-xzOf', tarball, `package/${path}`)

/** The manifest of a release: ours of one version, without scripts and tools. */
function released(manifest, { version, home }, folder) {
  const { scripts, devDependencies, ...kept } = manifest
  const names = new Set(publishable().map(one => one.manifest.name))
  const ours = Object.entries(kept.dependencies ?? {}).map(([name, range]) => [
    name,
    names.has(name) ? version : range,
  ])
  return { ...kept, version, dependencies: Object.fromEntries(ours), ...homeFields(home, folder) }
}

/**
 * What makes sense in a checkout only is replaced: links between files, scripts, tools. A program becomes a bundle, with a
 * bill of what is in it.
 */
async function detach(tarball, { folder, manifest }, release) {
  const { home, version } = release
  const work = mkdtempSync(join(tmpdir(), 'chartseal-detach-'))
  try {
    tar('-xzf', tarball, '-C', work)
    const path = name => join(work, 'package', name)
    const published = released(JSON.parse(readFileSync(path('package.json'), 'utf8')), release, folder)
    if (manifest.bin !== undefined) {
      published.dependencies = await bundleInto(path(''), manifest.name)
      writeFileSync(path(sbomName), sbomOf(manifest, version, workspacesOf(manifest.name)))
    }
    const files = filesBelow(path(''), []).map(file => relative(path(''), file))
    writeFileSync(path('package.json'), `${JSON.stringify(published, null, 2)}\n`)
    const page = readFileSync(path('README.md'), 'utf8')
    writeFileSync(path('README.md'), withAbsoluteLinks(page, { folder, home, version, packed: files }))
    // package.json first, as registries like it.
    const order = [...files].sort((a, b) => Number(b === 'package.json') - Number(a === 'package.json'))
    tar('-czf', tarball, '-C', work, ...order.map(name => `package/${name}`))
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

/** Packs one workspace into `folder`, as `release` has it: `{ home, version }`. The tarball's path, or `null`. */
export async function pack(workspace, folder, release) {
  const code = runPnpm(['--silent', 'pack', '--pack-destination', folder], {
    cwd: workspace.path,
    stdio: ['ignore', 'ignore', 2],
  })
  if (code !== 0) return null
  const { name, version } = workspace.manifest
  const packed = join(folder, tarballName({ name, version }))
  await detach(packed, workspace, release)
  const tarball = join(folder, tarballName({ name, version: release.version }))
  renameSync(packed, tarball)
  return tarball
}
