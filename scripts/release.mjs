/**
 * `npm run release -- FOLDER`: publishes the tarballs of a folder, made by `npm run pack`, that the registry does not
 * have. It needs no dependency, so the job that may publish installs none. `--dry-run` asks nobody and says what
 * would be published. Refused while `config.home` in package.json is empty.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { readHome } from './lib/home.mjs'

const quiet = ['--loglevel=error', '--no-update-notifier']

function manifestOf(tarball) {
  const { status, stdout } = spawnSync('tar', ['-xzOf', tarball, 'package/package.json'], {
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`${tarball} is not a packed package`)
  return JSON.parse(stdout)
}

/** Those without a dependency among the rest come first, so that nobody installs a half of a release. */
function inOrder(packages) {
  const names = new Set(packages.map(({ manifest }) => manifest.name))
  const ready = packages.filter(({ manifest }) =>
    Object.keys(manifest.dependencies ?? {}).every(name => !names.has(name)),
  )
  if (ready.length === 0) return packages
  return [...ready, ...inOrder(packages.filter(one => !ready.includes(one)))]
}

const isPublished = ({ name, version }) =>
  spawnSync('npm', ['view', `${name}@${version}`, 'version', ...quiet], {
    encoding: 'utf8',
  }).stdout.trim() === version

function publish(tarball) {
  const args = ['publish', tarball, '--access', 'public', '--provenance', ...quiet]
  return spawnSync('npm', args, { stdio: ['ignore', 1, 2] }).status === 0
}

function findings(home, packages) {
  const wrong = packages.flatMap(({ manifest }) => {
    const url = manifest.repository?.url
    return url === `git+${home}.git`
      ? []
      : [`${manifest.name} was packed for ${url ?? 'no home'}, not ${home}`]
  })
  const versions = new Set(packages.map(({ manifest }) => manifest.version))
  return [
    ...wrong,
    ...(packages.length === 0 ? ['there is no tarball: run npm run pack -- FOLDER first'] : []),
    ...(versions.size > 1 ? [`all packages share one version; these have ${[...versions].join(', ')}`] : []),
  ]
}

/** The exit code. */
function release(folder, isDryRun) {
  const home = readHome()
  const tarballs = readdirSync(folder).filter(name => name.endsWith('.tgz'))
  const packages = inOrder(
    tarballs.map(name => ({ tarball: join(folder, name), manifest: manifestOf(join(folder, name)) })),
  )
  const refused =
    home === null ? ['config.home in package.json is empty: see docs/releasing.md'] : findings(home, packages)
  for (const finding of refused) process.stderr.write(`${finding}\n`)
  if (refused.length > 0) return 1
  for (const { tarball, manifest } of packages) {
    const name = `${manifest.name}@${manifest.version}`
    if (isDryRun) process.stdout.write(`would publish ${name}\n`)
    else if (isPublished(manifest)) process.stdout.write(`${name} is published\n`)
    else if (publish(tarball)) process.stdout.write(`published ${name}\n`)
    else return 1
  }
  return 0
}

const args = process.argv.slice(2)
const folder = args.find(arg => !arg.startsWith('--'))
if (folder === undefined || !existsSync(folder)) {
  process.stderr.write('usage: npm run release -- FOLDER [--dry-run]\n')
  process.exitCode = 2
} else process.exitCode = release(resolve(folder), args.includes('--dry-run'))
