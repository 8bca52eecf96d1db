/**
 * The tests, in two depths. `runTests` is `npm test`: every case once, on Node's side, all workspaces in one run of
 * Vitest. `runGate` is what the gate asks for: each workspace by itself, on both sides of `#platform`, with coverage.
 */
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { hashes, keepResults, keptResults, resultsFolder, writeResults } from './kept-results.mjs'
import { atOnce, childEnv, run, runHeard, timeLeftMs } from './process.mjs'
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
    const kept = keptResults(workspace, known[workspace.folder])
    if (kept !== null) writeResults(workspace, kept)
    return kept === null
  })
  if (changed.length === 0) return 0
  process.stdout.write(`Testing ${changed.length} workspaces\n`)
  const code = runVitest(changed, args)
  const found = existsSync(latest) ? JSON.parse(readFileSync(latest, 'utf8')) : nothing
  for (const workspace of changed) {
    const results = partOf(found, workspace)
    if (results.testResults.length === 0) continue
    writeResults(workspace, { results })
    if (found.strayErrors === 0) keepResults(workspace, known[workspace.folder], results)
  }
  return code
}

const withoutTest =
  'A suite failed without a failed test: see above, mostly for its branch coverage or a stray error.'
const nothingRan = 'No test ran: is there one of that name?'

function report(code, rows, reason = withoutTest) {
  process.stdout.write(summary(rows))
  if (code !== 0 && totals(rows).failed === 0) process.stdout.write(`${reason}\n`)
  return code === 0 && totals(rows).failed > 0 ? 1 : code
}

/** `npm test`: runs the suites, prints the summary, answers the exit code. */
export function runTests(args = []) {
  mkdirSync(resultsFolder, { recursive: true })
  rmSync(latest, { force: true })
  forgetResults()
  const code = runChanged(args)
  const rows = testResults()
  if (args.length === 0) return report(code, rows)
  const ran = rows.filter(row => row.passed + row.failures.length > 0)
  return report(code, ran, ran.length === 0 ? nothingRan : undefined)
}

/** The longest first, so that none is left over at the end; the server's wait for clocks and processes more than for a core. */
const longestSuites = [
  'apps/server',
  'packages/emr-ledger',
  'apps/cli',
  'packages/core',
  'packages/elgamal-session',
]

const rankOf = ({ folder }) => {
  const at = longestSuites.indexOf(folder)
  return at < 0 ? longestSuites.length : at
}

const readResults = ({ path }, name) => {
  const file = join(path, 'coverage', name)
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined
}

/** One suite of the gate, whose output is shown whole when it has ended; the exit code. */
async function runSuite(workspace, { hash, env, timeout }) {
  const said = []
  const vitest = [join(root, 'node_modules/vitest/vitest.mjs'), 'run', '--root', '.']
  const args = [...vitest, '--config', join(root, 'vitest.config.ts')]
  const code = await runHeard(process.execPath, args, said, { cwd: workspace.path, env, timeout })
  process.stdout.write(`\n-- ${workspace.folder}\n`)
  process.stdout.write(Buffer.concat(said))
  const results = readResults(workspace, 'results.json')
  const coverage = readResults(workspace, 'coverage-summary.json')
  if (code === 0 && results !== undefined) keepResults(workspace, hash, results, { depth: 'gate', coverage })
  return code
}

/** The same for the gate; what was built is there. @param but folders that were tested just now, as here */
export async function runGate(but = []) {
  forgetResults(but)
  const env = childEnv({ ...sharedEnv(), CHARTSEAL_GATE: '1' })
  const known = hashes(env)
  const codes = []
  const changed = testedWorkspaces().filter(workspace => {
    if (but.includes(workspace.folder)) return false
    const kept = keptResults(workspace, known[workspace.folder], 'gate')
    if (kept !== null) writeResults(workspace, kept)
    return kept === null
  })
  const suites = changed
    .toSorted((a, b) => rankOf(a) - rankOf(b))
    .map(workspace => async () => {
      const settings = { hash: known[workspace.folder], env, timeout: limitMs(30) }
      codes.push(await runSuite(workspace, settings))
    })
  await atOnce(availableParallelism() + 1, suites)
  return report(codes.find(code => code !== 0) ?? 0, testResults())
}
