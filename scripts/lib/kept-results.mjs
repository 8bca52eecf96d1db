/** What passed and did not change since is not run again: results of the tests by turbo's hash of all they read. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { cacheFolder, root } from './workspace.mjs'

export const resultsFolder = join(cacheFolder, 'chartseal-tests')

/** Turbo's hash of a workspace's tests, by the folder of the workspace; empty when turbo fails. */
export function hashes(env) {
  const { status, stdout } = spawnSync(join(root, 'node_modules/.bin/turbo'), ['run', 'test', '--dry=json'], {
    cwd: root,
    env,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  if (status !== 0) return {}
  const { tasks } = JSON.parse(stdout.slice(stdout.indexOf('{')))
  return Object.fromEntries(
    tasks.filter(({ task }) => task === 'test').map(({ directory, hash }) => [directory, hash]),
  )
}

/** One file per workspace, version of Node and depth, `quick` or `gate`: the last results without a failure. */
const keptFile = ({ folder }, depth) =>
  join(resultsFolder, `${folder.replaceAll('/', '-')}-${process.version}-${depth}.json`)

/** `{ results, coverage }` of a workspace whose hash is the one that passed, or `null`. */
export function keptResults(workspace, hash, depth = 'quick') {
  if (hash === undefined || !existsSync(keptFile(workspace, depth))) return null
  const { of, results, coverage } = JSON.parse(readFileSync(keptFile(workspace, depth), 'utf8'))
  return of === hash ? { results, coverage } : null
}

/** @param coverage the summary, where branches were counted */
export function keepResults(workspace, hash, results, { depth = 'quick', coverage } = {}) {
  if (hash === undefined || results.testResults.some(file => file.status !== 'passed')) return
  mkdirSync(resultsFolder, { recursive: true })
  writeFileSync(keptFile(workspace, depth), JSON.stringify({ of: hash, results, coverage }))
}

/** Where the results of a suite are read from, whoever ran it. */
export function writeResults({ path }, { results, coverage }) {
  mkdirSync(join(path, 'coverage'), { recursive: true })
  writeFileSync(join(path, 'coverage/results.json'), JSON.stringify(results))
  if (coverage !== undefined)
    writeFileSync(join(path, 'coverage/coverage-summary.json'), JSON.stringify(coverage))
}
