/** The publishable packages as their users get them: packed, and installed into an empty project. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { bundleInto } from './bundle.mjs'
import { homeFields, withAbsoluteLinks } from './home.mjs'
import { childEnv, runPnpm } from './process.mjs'
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

/** What makes sense in a checkout only is replaced: links between files, scripts, tools. A program becomes a bundle. */
async function detach(tarball, { folder, manifest }, home) {
  const work = mkdtempSync(join(tmpdir(), 'chartseal-detach-'))
  try {
    tar('-xzf', tarball, '-C', work)
    const path = name => join(work, 'package', name)
    const { scripts, devDependencies, ...kept } = JSON.parse(readFileSync(path('package.json'), 'utf8'))
    const published = { ...kept, ...homeFields(home, folder) }
    if (manifest.bin !== undefined) published.dependencies = await bundleInto(path(''), manifest.name)
    const files = filesBelow(path(''), []).map(file => relative(path(''), file))
    writeFileSync(path('package.json'), `${JSON.stringify(published, null, 2)}\n`)
    const page = readFileSync(path('README.md'), 'utf8')
    const { version } = manifest
    writeFileSync(path('README.md'), withAbsoluteLinks(page, { folder, home, version, packed: files }))
    // package.json first, as registries like it.
    const order = [...files].sort((a, b) => Number(b === 'package.json') - Number(a === 'package.json'))
    tar('-czf', tarball, '-C', work, ...order.map(name => `package/${name}`))
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

/** Packs one workspace into `folder`; the tarball's path, or `null`. */
export async function pack(workspace, folder, home) {
  const code = runPnpm(['--silent', 'pack', '--pack-destination', folder], {
    cwd: workspace.path,
    stdio: ['ignore', 'ignore', 2],
  })
  if (code !== 0) return null
  const tarball = join(folder, tarballName(workspace.manifest))
  await detach(tarball, workspace, home)
  return tarball
}

/**
 * An empty project with all tarballs. Nothing is hoisted, so a package finds only what it declares itself.
 */
export function installTarballs(folder, tarballs) {
  mkdirSync(folder, { recursive: true })
  const files = Object.fromEntries([...tarballs].map(([name, path]) => [name, `file:${path}`]))
  const overrides = Object.entries(files).map(([name, path]) => `  '${name}': '${path}'`)
  const settings = ['packages: []', 'hoist: false', 'autoInstallPeers: false', 'overrides:', ...overrides, '']
  writeFileSync(
    join(folder, 'package.json'),
    JSON.stringify({ private: true, type: 'module', dependencies: files }),
  )
  writeFileSync(join(folder, 'pnpm-workspace.yaml'), settings.join('\n'))
  const args = ['--silent', 'install', '--prefer-offline', '--ignore-scripts', '--no-frozen-lockfile']
  return runPnpm(args, { cwd: folder, env: childEnv({ CI: 'true' }) }) === 0
}
