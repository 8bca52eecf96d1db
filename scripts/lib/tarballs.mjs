/** The publishable packages as their users get them: packed, and installed into an empty project. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { childEnv, runPnpm } from './process.mjs'
import { workspaces } from './workspace.mjs'

export const publishable = () => workspaces().filter(({ manifest }) => manifest.private !== true)

const tarballName = ({ name, version }) => `${name.replace('@', '').replace('/', '-')}-${version}.tgz`

/** Packs one workspace into `folder`; the tarball's path, or `null`. */
export function pack(workspace, folder) {
  const code = runPnpm(['--silent', 'pack', '--pack-destination', folder], {
    cwd: workspace.path,
    stdio: ['ignore', 'ignore', 2],
  })
  return code === 0 ? join(folder, tarballName(workspace.manifest)) : null
}

/** The paths inside a tarball, from the package's folder. */
export function tarballFiles(tarball) {
  const { status, stdout } = spawnSync('tar', ['-tzf', tarball], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`tar cannot list ${tarball}`)
  return stdout
    .trim()
    .split('\n')
    .map(path => path.replace(/^package\//, ''))
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
