/**
 * The tests, in two depths. `runTests` is `npm test`: every case once, on Node's side, all workspaces in one run of
 * Vitest. `runGate` is what the gate asks for: each workspace by itself, on both sides of `#platform`, with coverage.
 */
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { hashes, keepResults, keptResults, resultsFolder, writeResults } from './kept-results.mjs'
import { childEnv, run, runPnpm, timeLeftMs } from './process.mjs'
import { forgetResults, summary, testedWorkspaces, testResults, totals } from './results.mjs'
import { statStamp } from './stamp.mjs'
import { filesBelow, root, sharedFolder } from './workspace.mjs'

/** The folder of vectors that are read and never committed is an input of the tests, so of turbo's hash. */
function sharedEnv() {
  const folders = ['vectors', 'data'].map(sharedFolder).filter(folder => folder !== null)
  return { CHARTSEAL_SHARED_STAMP: statStamp(folders.flatMap(folder => filesBelow(folder))) }
}

// What the rest of the gate needs stays; 20 s let an outer run count what this one leaves.
function limitMs(minutes) {
  const left = timeLeftMs()
  return left === undefined ? undefined : Math.max(1, Math.min(minutes * 60_000, left - 20_000))
}

function runVitest(workspaces, args) {
  const folders = workspaces.map(({ folder }) => folder).join(',')
  return run(process.execPath, [join(root, 'node_modules/vitest/vitest.mjs'), 'run', ...args], {
    env: childEnv({ CHARTSEAL_WORKSPACES: folders, ...sharedEnv() }),
    stdio: ['ignore', 1, 1],
    shell: false,
    timeout: limitMs(15),
  })
}

const latest = join(resultsFolder, 'latest.json')
const nothing = { testResults: [], startTime: 0, strayErrors: 1 }

/** The results of one workspace out of a run of many. */
function partOf({ testResults: files, startTime }, { path }) {
  const own = files.filter(file => file.name.startsWith(join(path, '/')))
  const tests = own.flatMap(file => file.assertionResults)
  const count = status => tests.filter(test => test.status === status).length
  return {
    startTime,
    numTotalTests: tests.length,
    numPassedTests: count('passed'),
    numFailedTests: count('failed'),
    testResults: own,
  }
}

/** Runs what changed; the exit code. With arguments, which go to Vitest, all of it that they leave. */
function runChanged(args) {
  const known = args.length === 0 ? hashes(childEnv(sharedEnv())) : {}
  const changed = testedWorkspaces().filter(workspace => {
    const results = keptResults(workspace, known[workspace.folder])
    if (results !== null) writeResults(workspace, results)
    return results === null
  })
  if (changed.length === 0) return 0
  process.stdout.write(`Testing ${changed.length} workspaces\n`)
  const code = runVitest(changed, args)
  const found = existsSync(latest) ? JSON.parse(readFileSync(latest, 'utf8')) : nothing
  for (const workspace of changed) {
    const results = partOf(found, workspace)
    if (results.testResults.length === 0) continue
    writeResults(workspace, results)
    if (found.strayErrors === 0) keepResults(workspace, known[workspace.folder], results)
  }
  return code
}

function report(code, rows) {
  process.stdout.write(summary(rows))
  if (code !== 0 && totals(rows).failed === 0)
    process.stdout.write(
      'A suite failed without a failed test: see above, mostly for its branch coverage or a stray error.\n',
    )
  return code === 0 && totals(rows).failed > 0 ? 1 : code
}

/** `npm test`: runs the suites, prints the summary, answers the exit code. */
export function runTests(args = []) {
  mkdirSync(resultsFolder, { recursive: true })
  rmSync(latest, { force: true })
  forgetResults()
  const code = runChanged(args)
  const rows = testResults()
  return report(code, args.length === 0 ? rows : rows.filter(row => row.passed + row.failures.length > 0))
}

/** The same for the gate: turbo replays what did not change. @param but folders that were tested just now, as here */
export function runGate(but = []) {
  forgetResults(but)
  const filters = but.map(folder => `--filter=!./${folder}`)
  const turbo = [
    'turbo',
    'run',
    'test',
    '--continue',
    '--log-order=grouped',
    '--output-logs=new-only',
    ...filters,
  ]
  const code = runPnpm(['exec', ...turbo, `--concurrency=${availableParallelism()}`], {
    env: childEnv({ ...sharedEnv(), CHARTSEAL_GATE: '1' }),
    stdio: ['ignore', 1, 2],
    timeout: limitMs(24),
  })
  return report(code, testResults())
}
