/** The next release, as changesets make it, in a copy of the manifests. */
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { childEnv } from './process.mjs'
import { publishable } from './tarballs.mjs'
import { root, workspaces } from './workspace.mjs'

const readText = path => readFileSync(path, 'utf8')

/** The changesets that wait. */
export const pending = () => readdirSync(join(root, '.changeset')).filter(name => name.endsWith('.md'))

/** Manifests, changesets and nothing else, committed on a `main` of its own. */
function makeCopy(folder) {
  const names = ['package.json', 'pnpm-workspace.yaml', 'pnpm-lock.yaml', '.changeset']
  const manifests = workspaces().flatMap(one => [`${one.folder}/package.json`, `${one.folder}/CHANGELOG.md`])
  for (const name of [...names, ...manifests].filter(path => existsSync(join(root, path))))
    cpSync(join(root, name), join(folder, name), { recursive: true })
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'), 'junction')
  const identity = ['-c', 'user.name=check', '-c', 'user.email=check@localhost']
  for (const args of [
    ['init', '-q', '-b', 'main'],
    ['add', 'package.json', 'pnpm-workspace.yaml', '.changeset', ...workspaces().map(one => one.folder)],
    [...identity, 'commit', '-q', '-m', 'copy'],
  ])
    if (spawnSync('git', args, { cwd: folder }).status !== 0) throw new Error(`git ${args[0]} failed`)
}

function changeset(folder, command) {
  const bin = join(root, 'node_modules/@changesets/cli/bin.js')
  const { status, stdout, stderr } = spawnSync(process.execPath, [bin, command], {
    cwd: folder,
    encoding: 'utf8',
    env: childEnv({ CI: 'true' }),
  })
  return status === 0 ? [] : [`changeset ${command} fails: ${`${stdout}${stderr}`.trim().split('\n')[0]}`]
}

function releaseIn(folder) {
  makeCopy(folder)
  const failed = [...changeset(folder, 'status'), ...changeset(folder, 'version')]
  if (failed.length > 0) return { findings: failed, version: null, changelog: '' }
  const released = publishable().map(one => ({
    name: one.manifest.name,
    version: JSON.parse(readText(join(folder, one.folder, 'package.json'))).version,
    changelog: join(folder, one.folder, 'CHANGELOG.md'),
  }))
  const versions = new Set(released.map(one => one.version))
  const silent = pending().length === 0 ? [] : released.filter(one => !existsSync(one.changelog))
  const cli = released.find(one => one.name === 'chartseal')
  return {
    findings: [
      ...(versions.size > 1 ? [`the packages would get ${versions.size} versions: ${[...versions]}`] : []),
      ...silent.map(one => `${one.name} would get no CHANGELOG`),
    ],
    version: cli.version,
    changelog: existsSync(cli.changelog) ? readText(cli.changelog) : '',
  }
}

/** What is wrong with the next release, its version (`null` where there is none), and the CHANGELOG of the command line. */
export function nextRelease() {
  const folder = mkdtempSync(join(tmpdir(), 'chartseal-release-'))
  try {
    return releaseIn(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
