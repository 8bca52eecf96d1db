/**
 * What a release would be, in a copy: `changeset status` and `changeset version` work, all published packages get one
 * version and a CHANGELOG. Beside it the workflows: least permissions, actions pinned by a full tag. `--show` prints
 * the CHANGELOG of the command line.
 */
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { childEnv } from './lib/process.mjs'
import { report } from './lib/report.mjs'
import { publishable } from './lib/tarballs.mjs'
import { root, workspaces } from './lib/workspace.mjs'

const readText = path => readFileSync(path, 'utf8')
const readJson = path => JSON.parse(readText(path))
const pending = readdirSync(join(root, '.changeset')).filter(name => name.endsWith('.md'))

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

/** What is wrong with the release, and the CHANGELOG of the command line. */
function tryRelease(folder) {
  makeCopy(folder)
  const failed = [...changeset(folder, 'status'), ...changeset(folder, 'version')]
  if (failed.length > 0) return { findings: failed, changelog: '' }
  const released = publishable().map(one => ({
    name: one.manifest.name,
    version: readJson(join(folder, one.folder, 'package.json')).version,
    changelog: join(folder, one.folder, 'CHANGELOG.md'),
  }))
  const versions = new Set(released.map(one => one.version))
  const silent = pending.length === 0 ? [] : released.filter(one => !existsSync(one.changelog))
  const cli = released.find(one => one.name === 'chartseal')
  return {
    findings: [
      ...(versions.size > 1 ? [`the packages would get ${versions.size} versions: ${[...versions]}`] : []),
      ...silent.map(one => `${one.name} would get no CHANGELOG`),
    ],
    changelog: existsSync(cli.changelog) ? readText(cli.changelog) : '',
  }
}

function releaseOf() {
  const folder = mkdtempSync(join(tmpdir(), 'chartseal-release-'))
  try {
    return tryRelease(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function workflowFindings(name) {
  const text = readText(join(root, '.github/workflows', name))
  const loose = [...text.matchAll(/uses: *(\S+)/g)].filter(([, action]) => !/@v\d+\.\d+\.\d+$/.test(action))
  return [
    ...loose.map(([, action]) => `${name}: ${action} must be pinned by a full tag`),
    ...(/^permissions: *\{\}$|^permissions:\n {2}contents: read$/m.test(text)
      ? []
      : [`${name}: the permissions at the top must be {} or contents: read`]),
    ...(/pull_request_target/.test(text) ? [`${name}: pull_request_target runs the code of strangers`] : []),
  ]
}

const unguarded = publishable()
  .filter(({ manifest }) => manifest.scripts?.prepack !== 'node ../../scripts/before-pack.mjs')
  .map(({ folder }) => `${folder}/package.json: "prepack" must be "node ../../scripts/before-pack.mjs"`)
const { findings, changelog } = releaseOf()
if (process.argv.includes('--show')) process.stdout.write(`${changelog}\n`)
report(
  'release',
  [...findings, ...unguarded, ...readdirSync(join(root, '.github/workflows')).flatMap(workflowFindings)],
  [`${pending.length} changesets, ${publishable().length} packages`],
)
