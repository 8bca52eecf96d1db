/**
 * The gate: every check in order, going on after a failure. `--ci` adds Node 24 and fails on a skipped test. The
 * last line counts the tests and the steps that really ran; above it stands what failed, with what each failed step said
 * last, and what turbo replayed.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { node24 } from './lib/node24.mjs'
import { childEnv, lastLines, pnpm, runShown } from './lib/process.mjs'
import { failuresOf, ranSince, testResults, totals } from './lib/results.mjs'
import { runGate } from './lib/test.mjs'
import { root, sharedFolder, workspaces } from './lib/workspace.mjs'

const inCi = process.argv.includes('--ci')
const count = { passed: 0, failed: 0, skipped: 0 }
const unhappy = []
let replayed = 0
/** What the step that runs has said. */
let said = []
const atMostLines = 20

function add(part) {
  for (const key of Object.keys(count)) count[key] += part[key]
}

async function step(name, work) {
  process.stdout.write(`\n== ${name}\n`)
  const startMs = performance.now()
  said = []
  const verdict = { 0: 'passed', skipped: 'skipped' }[await work()] ?? 'failed'
  if (verdict !== 'passed') unhappy.push(`${name}: ${verdict}`)
  // At the end, where a log that was cut still has it.
  if (verdict === 'failed') unhappy.push(...lastLines(said, atMostLines).map(line => `  ${line}`))
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
async function testStep(name, work) {
  const startMs = Date.now()
  await step(name, work)
  const rows = testResults()
  add(totals(rows.filter(row => ranSince(row, startMs))))
  replayed += totals(rows.filter(row => !ranSince(row, startMs))).passed
  nameFailures(rows)
}

const node = (...args) => runShown(process.execPath, args, said)
const tool = (name, ...args) => runShown(join(root, 'node_modules/.bin', name), args, said)
const chartseal = (...args) => node('apps/cli/dist/main.js', ...args)

/** The exit code of the first that fails, or 0. */
async function inTurn(commands) {
  for (const command of commands) {
    const code = await command()
    if (code !== 0) return code
  }
  return 0
}

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
  return newer === null ? 1 : runShown(newer, args, said)
}

const budget = () =>
  runShown(process.execPath, ['scripts/check-budget.mjs'], said, childEnv({ CHARTSEAL_GATE: '1' }))

/** What asks for a program of others; 77 means that it is not there. */
async function withOthers(script) {
  const code = await node(script)
  return code === 77 ? 'skipped' : code
}

const wasm = () => (existsSync(join(root, 'scripts/check-wasm.mjs')) ? node('scripts/check-wasm.mjs') : 1)

if (earlier !== undefined) await step('npm test', afterNpmTest)
await step('build', () => {
  const [command, ...args] = [...pnpm(), 'exec', 'turbo', 'run', 'build', '--output-logs=errors-only']
  return runShown(command, args, said)
})
await testStep('tests', runGate)
await step('format and lint', () => tool('biome', 'ci', '--colors=off', '--error-on-warnings', '.'))
await step('types', types)
await step('graph', () => node('scripts/check-graph.mjs'))
await step('budget', budget)
await step('codes', () => node('scripts/check-codes.mjs'))
await step('docs', () => node('scripts/check-docs.mjs'))
await step('guides', () => node('scripts/check-guides.mjs'))
await step('wasm', wasm)
await step('pack', () => node('scripts/check-pack.mjs'))
await step('release', () => node('scripts/check-release.mjs'))
await step('browser', () => withOthers('scripts/check-browser.mjs'))
// The page as people use it, against a real server.
await step('console', () => withOthers('scripts/check-console.mjs'))
await step('store on PostgreSQL', () => withOthers('scripts/check-postgres.mjs'))
await step('keys in a token', () => withOthers('scripts/check-hsm.mjs'))
await step('files of age', () => withOthers('scripts/check-age.mjs'))
await step('noise of others', () => withOthers('scripts/check-noise.mjs'))
// Ten thousand sockets, a server that ends and starts again, and a minute of everything.
await step('sockets', () => withOthers('scripts/check-sockets.mjs'))
await step('ipfs', () => withOthers('scripts/check-ipfs.mjs'))
await step('demo on real input', demoOnRealInput)
await step('vectors of the project', () => chartseal('vectors', 'vectors/seeds', '--json'))
await step('vectors of our own formats', () => chartseal('vectors', 'vectors/own', '--json'))
for (const [name, path] of Object.entries({
  'vectors of the seeds': 'vectors/seeds',
  'vectors of Wycheproof': 'vectors/wycheproof',
  'vectors of SLIP-0039': 'vectors/slip39',
  'vectors of RFC 6962': 'vectors/merkle',
}))
  await step(name, () => withShared(path, folder => chartseal('vectors', folder, '--json')))
if (inCi) {
  // As `npm test`: how often a law is tried, and the other side of `#platform`, do not hang on the version of Node.
  await testStep('tests on Node 24', () => onNode24('scripts/run.mjs', 'test'))
  await step('demo on Node 24', () => onNode24('apps/demo/dist/main.js'))
}

if (replayed > 0) unhappy.push(`${replayed} cases did not change since they passed, and did not run again`)
process.stdout.write(`\n${unhappy.map(line => `${line}\n`).join('')}`)
process.stdout.write(`${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped\n`)
process.exitCode = count.failed > 0 || (inCi && count.skipped > 0) ? 1 : 0
