/**
 * The gate: every check in order, going on after a failure. `--ci` adds Node 24 and fails on a skipped test. The
 * last line counts the tests and the steps that really ran; what turbo replayed is named in the line above it.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { node24 } from './lib/node24.mjs'
import { childEnv, run, runPnpm } from './lib/process.mjs'
import { failuresOf, ranSince, testResults, totals } from './lib/results.mjs'
import { runGate } from './lib/test.mjs'
import { root, sharedFolder, workspaces } from './lib/workspace.mjs'

const inCi = process.argv.includes('--ci')
const count = { passed: 0, failed: 0, skipped: 0 }
const unhappy = []
let replayed = 0
const shown = { stdio: ['ignore', 1, 1], shell: false }

function add(part) {
  for (const key of Object.keys(count)) count[key] += part[key]
}

function step(name, work) {
  process.stdout.write(`\n== ${name}\n`)
  const startMs = performance.now()
  const verdict = { 0: 'passed', skipped: 'skipped' }[work()] ?? 'failed'
  if (verdict !== 'passed') unhappy.push(`${name}: ${verdict}`)
  add({ passed: 0, failed: 0, skipped: 0, [verdict]: 1 })
  process.stdout.write(
    `== ${name}: ${verdict} after ${((performance.now() - startMs) / 1000).toFixed(1)} s\n`,
  )
}

/** The names of failed tests come at the end too, where a log that was cut still has them. */
function nameFailures(rows) {
  unhappy.push(...failuresOf(rows).slice(0, 20))
}

/** A step whose cases count one by one. A case that was replayed counted when it ran. */
function testStep(name, work) {
  const startMs = Date.now()
  step(name, work)
  const rows = testResults()
  add(totals(rows.filter(row => ranSince(row, startMs))))
  replayed += totals(rows.filter(row => !ranSince(row, startMs))).passed
  nameFailures(rows)
}

const node = (...args) => run(process.execPath, args, shown)
const tool = (name, ...args) => run(join(root, 'node_modules/.bin', name), args, shown)
const chartseal = (...args) => node('apps/cli/dist/main.js', ...args)

/** The exit code of the first that fails, or 0. */
const inTurn = commands => commands.reduce((code, command) => (code === 0 ? command() : code), 0)

const withShared = (path, work) => {
  const folder = sharedFolder(path)
  return folder === null ? 'skipped' : work(folder)
}

// `.ci/run` has just run `npm test` and passes its exit code on. Its cases run again below, on both sides.
const { CHARTSEAL_TEST_EXIT: earlier } = process.env
function afterNpmTest() {
  if (earlier !== '0') nameFailures(testResults())
  return Number(earlier)
}

const types = () =>
  inTurn([
    () => tool('tsc', '-b', ...workspaces().map(({ folder }) => folder)),
    () => tool('tsc', '-p', 'tsconfig.test.json'),
  ])

const demoOnRealInput = () =>
  withShared('data', data =>
    node(
      'apps/demo/dist/main.js',
      ...['--bundle', join(data, 'synthea/patient-angelic-mueller.json')],
      ...['--dicom', join(data, 'dicom/CT_small.dcm')],
    ),
  )

function onNode24(...args) {
  const newer = node24()
  return newer === null ? 1 : run(newer, args, shown)
}

const budget = () => {
  const env = childEnv({ CHARTSEAL_GATE: '1' })
  return run(process.execPath, ['scripts/check-budget.mjs'], { ...shown, env })
}

/** 77 means that there is no Chromium. */
function browser() {
  const code = node('scripts/check-browser.mjs')
  return code === 77 ? 'skipped' : code
}

/** The page as people use it, against a real server; 77 means that there is no Chromium. */
function page() {
  const code = node('scripts/check-console.mjs')
  return code === 77 ? 'skipped' : code
}

/** 77 means that there is no PostgreSQL. */
function postgres() {
  const code = node('scripts/check-postgres.mjs')
  return code === 77 ? 'skipped' : code
}

/** Programs of others, of Debian or npm; 77 means that one is not there. */
function withOthers(script) {
  const code = node(script)
  return code === 77 ? 'skipped' : code
}

const wasm = () => (existsSync(join(root, 'scripts/check-wasm.mjs')) ? node('scripts/check-wasm.mjs') : 1)

if (earlier !== undefined) step('npm test', afterNpmTest)
step('build', () =>
  runPnpm(['exec', 'turbo', 'run', 'build', '--output-logs=errors-only'], { stdio: ['ignore', 1, 1] }),
)
testStep('tests', runGate)
step('format and lint', () => tool('biome', 'ci', '--colors=off', '--error-on-warnings', '.'))
step('types', types)
step('graph', () => node('scripts/check-graph.mjs'))
step('budget', budget)
step('codes', () => node('scripts/check-codes.mjs'))
step('docs', () => node('scripts/check-docs.mjs'))
step('guides', () => node('scripts/check-guides.mjs'))
step('wasm', wasm)
step('pack', () => node('scripts/check-pack.mjs'))
step('release', () => node('scripts/check-release.mjs'))
step('browser', browser)
step('console', page)
step('store on PostgreSQL', postgres)
step('keys in a token', () => withOthers('scripts/check-hsm.mjs'))
step('files of age', () => withOthers('scripts/check-age.mjs'))
step('noise of others', () => withOthers('scripts/check-noise.mjs'))
step('ipfs', () => withOthers('scripts/check-ipfs.mjs'))
step('demo on real input', demoOnRealInput)
step('vectors of the project', () => chartseal('vectors', 'vectors/seeds', '--json'))
step('vectors of our own formats', () => chartseal('vectors', 'vectors/own', '--json'))
for (const [name, path] of Object.entries({
  'vectors of the seeds': 'vectors/seeds',
  'vectors of Wycheproof': 'vectors/wycheproof',
  'vectors of SLIP-0039': 'vectors/slip39',
  'vectors of RFC 6962': 'vectors/merkle',
}))
  step(name, () => withShared(path, folder => chartseal('vectors', folder, '--json')))
if (inCi) {
  // As `npm test`: how often a law is tried, and the other side of `#platform`, do not hang on the version of Node.
  testStep('tests on Node 24', () => onNode24('scripts/run.mjs', 'test'))
  step('demo on Node 24', () => onNode24('apps/demo/dist/main.js'))
}

if (replayed > 0) unhappy.push(`${replayed} cases did not change since they passed, and did not run again`)
process.stdout.write(`\n${unhappy.map(line => `${line}\n`).join('')}`)
process.stdout.write(`${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped\n`)
process.exitCode = count.failed > 0 || (inCi && count.skipped > 0) ? 1 : 0
