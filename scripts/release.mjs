/**
 * `npm run release -- FOLDER`: publishes the tarballs of a folder, made by `npm run pack`, that the registry does not
 * have. It needs no dependency, so the job that may publish installs none. `--dry-run` asks nobody and says what
 * would be published. Refused while `config.home` in package.json is empty. `--rehearse ADDRESS` publishes to a registry on
 * loopback, which has no provenance and asks for no home.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { readHome } from './lib/home.mjs'

const quiet = ['--loglevel=error', '--no-update-notifier']
const isLoopback = address => ['127.0.0.1', 'localhost', '[::1]'].includes(new URL(address).hostname)

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

/** Where `npm` publishes to: npm's own registry, or that of a rehearsal. */
const registryOf = rehearsal => (rehearsal === undefined ? [] : ['--registry', rehearsal])

const isPublished = ({ name, version }, rehearsal) =>
  spawnSync('npm', ['view', `${name}@${version}`, 'version', ...registryOf(rehearsal), ...quiet], {
    encoding: 'utf8',
  }).stdout.trim() === version

function publish(tarball, rehearsal) {
  const provenance = rehearsal === undefined ? '--provenance' : '--no-provenance'
  const args = ['publish', tarball, '--access', 'public', provenance, ...registryOf(rehearsal), ...quiet]
  return spawnSync('npm', args, { stdio: ['ignore', 1, 2] }).status === 0
}

function findings(packages) {
  const versions = new Set(packages.map(({ manifest }) => manifest.version))
  return [
    ...(packages.length === 0 ? ['there is no tarball: run npm run pack -- FOLDER first'] : []),
    ...(versions.size > 1 ? [`all packages share one version; these have ${[...versions].join(', ')}`] : []),
  ]
}

function homeFindings(home, packages) {
  if (home === null) return ['config.home in package.json is empty: see docs/releasing.md']
  return packages.flatMap(({ manifest }) => {
    const url = manifest.repository?.url
    return url === `git+${home}.git`
      ? []
      : [`${manifest.name} was packed for ${url ?? 'no home'}, not ${home}`]
  })
}

function refusals(packages, rehearsal) {
  if (rehearsal === undefined) return [...homeFindings(readHome(), packages), ...findings(packages)]
  return isLoopback(rehearsal)
    ? findings(packages)
    : [`a rehearsal needs a registry on loopback: ${rehearsal}`]
}

/** The exit code. */
function release(folder, { 'dry-run': isDryRun, rehearse }) {
  const tarballs = readdirSync(folder).filter(name => name.endsWith('.tgz'))
  const packages = inOrder(
    tarballs.map(name => ({ tarball: join(folder, name), manifest: manifestOf(join(folder, name)) })),
  )
  const refused = refusals(packages, rehearse)
  for (const finding of refused) process.stderr.write(`${finding}\n`)
  if (refused.length > 0) return 1
  for (const { tarball, manifest } of packages) {
    const name = `${manifest.name}@${manifest.version}`
    if (isDryRun) process.stdout.write(`would publish ${name}\n`)
    else if (isPublished(manifest, rehearse)) process.stdout.write(`${name} is published\n`)
    else if (publish(tarball, rehearse)) process.stdout.write(`published ${name}\n`)
    else return 1
  }
  return 0
}

const options = { 'dry-run': { type: 'boolean', default: false }, rehearse: { type: 'string' } }
const { values, positionals } = parseArgs({ options, allowPositionals: true })
const [folder] = positionals
if (folder === undefined || !existsSync(folder)) {
  process.stderr.write('usage: npm run release -- FOLDER [--dry-run] [--rehearse ADDRESS]\n')
  process.exitCode = 2
} else process.exitCode = release(resolve(folder), values)
