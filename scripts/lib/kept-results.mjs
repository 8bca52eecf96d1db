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

const depth = () => (process.env.CHARTSEAL_GATE === '1' ? 'gate' : 'quick')

/** One file per workspace, version of Node and depth: the last results without a failure. */
const keptFile = ({ folder }) =>
  join(resultsFolder, `${folder.replaceAll('/', '-')}-${process.version}-${depth()}.json`)

/** The results of a workspace whose hash is the one that passed, or `null`. */
export function keptResults(workspace, hash) {
  if (hash === undefined || !existsSync(keptFile(workspace))) return null
  const { of, results } = JSON.parse(readFileSync(keptFile(workspace), 'utf8'))
  return of === hash ? results : null
}

export function keepResults(workspace, hash, results) {
  if (hash === undefined || results.testResults.some(file => file.status !== 'passed')) return
  writeFileSync(keptFile(workspace), JSON.stringify({ of: hash, results }))
}

/** Where the results of a suite are read from, whoever ran it. */
export function writeResults({ path }, results) {
  mkdirSync(join(path, 'coverage'), { recursive: true })
  writeFileSync(join(path, 'coverage/results.json'), JSON.stringify(results))
}
