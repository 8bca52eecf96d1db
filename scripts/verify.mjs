/**
 * The gate: every check in order, going on after a failure. `--ci` tests on Node 24 and fails on a skipped test. The
 * last line counts the tests and the steps that really ran; above it stands what failed, with what each failed step said
 * last, and what turbo replayed.
 */
import { join } from 'node:path'
import { node24 } from './lib/node24.mjs'
import { atOnce, childEnv, lastLines, pnpm, runHeard } from './lib/process.mjs'
import { failuresOf, ranSince, testResults, totals } from './lib/results.mjs'
import { root, sharedFolder, workspaces } from './lib/workspace.mjs'

const inCi = process.argv.includes('--ci')
const count = { passed: 0, failed: 0, skipped: 0 }
const unhappy = []
let replayed = 0
const atMostLines = 20

function add(part) {
  for (const key of Object.keys(count)) count[key] += part[key]
}

/** What a step says: shown at once, or held back until its turn has come. */
class Said {
  pieces = []
  #isShown
  constructor(isShown) {
    this.#isShown = isShown
  }
  push(bytes) {
    if (this.#isShown) process.stdout.write(bytes)
    this.pieces.push(bytes)
  }
  show() {
    if (!this.#isShown) process.stdout.write(Buffer.concat(this.pieces))
    this.#isShown = true
  }
}

async function step(name, work, isShown = true) {
  const said = new Said(isShown)
  const startMs = performance.now()
  if (isShown) process.stdout.write(`\n== ${name}\n`)
  const verdict = { 0: 'passed', skipped: 'skipped' }[await work(said)] ?? 'failed'
  if (!isShown) process.stdout.write(`\n== ${name}\n`)
  said.show()
  if (verdict !== 'passed') unhappy.push(`${name}: ${verdict}`)
  // At the end, where a log that was cut still has it.
  if (verdict === 'failed') unhappy.push(...lastLines(said.pieces, atMostLines).map(line => `  ${line}`))
  add({ passed: 0, failed: 0, skipped: 0, [verdict]: 1 })
  process.stdout.write(
    `== ${name}: ${verdict} after ${((performance.now() - startMs) / 1000).toFixed(1)} s\n`,
  )
}

/** Steps that are shown whole when they have ended, as others run beside them. */
const aside = steps =>
  steps.map(
    ([name, work]) =>
      () =>
        step(name, work, false),
  )

/** The names of failed tests come at the end too, where a log that was cut still has them. */
function nameFailures(rows) {
  unhappy.push(...failuresOf(rows).slice(0, 20))
}

/** A step whose cases count one by one. A case that was replayed counted when it ran. @param but folders that it leaves out */
async function testStep(name, work, but) {
  const startMs = Date.now()
  await step(name, work)
  const rows = testResults().filter(({ folder }) => !but.includes(folder))
  const ran = row => ranSince(row, startMs)
  add(totals(rows.filter(ran)))
  replayed += totals(rows.filter(row => !ran(row))).passed
  nameFailures(rows)
}

// Each of these gives a step: told where to say what it says, the exit code.
const node =
  (...args) =>
  said =>
    runHeard(process.execPath, args, said)
const tool =
  (name, ...args) =>
  said =>
    runHeard(join(root, 'node_modules/.bin', name), args, said)
const chartseal = (...args) => node('apps/cli/dist/main.js', ...args)

/** The exit code of the first that fails, or 0. */
const inTurn =
  (...steps) =>
  async said => {
    for (const one of steps) {
      const code = await one(said)
      if (code !== 0) return code
    }
    return 0
  }

const withShared = (path, stepOf) => said => {
  const folder = sharedFolder(path)
  return folder === null ? 'skipped' : stepOf(folder)(said)
}

// `.ci/run` has just run `npm test` and passes its exit code on. Its cases run again below, on the newer Node, on both
// sides and with more runs of each law; but for the demo's, which has a step of its own, those of the page, which runs in
// browsers and has no laws, and those of the bench, which is run by hand and asserts its equalities wherever it runs.
const { CHARTSEAL_TEST_EXIT: earlier } = process.env
const ranJustNow = earlier === '0' ? ['apps/console', 'apps/demo', 'bench'] : []
function afterNpmTest() {
  const rows = testResults()
  add(totals(rows))
  if (earlier !== '0') nameFailures(rows)
  return Number(earlier)
}

const types = inTurn(
  tool('tsc', '-b', ...workspaces().map(({ folder }) => folder)),
  tool('tsc', '-p', 'tsconfig.test.json'),
)

const demoOnRealInput = withShared('data', data =>
  node(
    'apps/demo/dist/main.js',
    ...['--bundle', join(data, 'synthea/patient-angelic-mueller.json')],
    ...['--dicom', join(data, 'dicom/CT_small.dcm')],
  ),
)

const onNode24 =
  (...args) =>
  said => {
    const newer = node24()
    return newer === null ? 1 : runHeard(newer, args, said)
  }

const budget = said =>
  runHeard(process.execPath, ['scripts/check-budget.mjs'], said, { env: childEnv({ CHARTSEAL_GATE: '1' }) })

/** What asks for a program of others; 77 means that it is not there. */
const withOthers = script => async said => {
  const code = await node(script)(said)
  return code === 77 ? 'skipped' : code
}

const sharedVectors = path => withShared(path, folder => chartseal('vectors', folder, '--json'))

const build = said => {
  const [command, ...args] = [...pnpm(), 'exec', 'turbo', 'run', 'build', '--output-logs=errors-only']
  return runHeard(command, args, said)
}

if (earlier !== undefined) await step('npm test', afterNpmTest)
await step('build', build)
// In CI on the newer Node, as `npm test` was on the older one: what each version does is seen once.
const gateTests = ['scripts/run.mjs', 'gate', ...ranJustNow]
async function testsAndBudget() {
  await testStep('tests', inCi ? onNode24(...gateTests) : node(...gateTests), ranJustNow)
  // What the tests covered is part of it.
  await step('budget', budget, false)
}

/** The longest first, so that none is left over at the end. */
const beside = [
  // The page as people use it, against a real server.
  ['console', withOthers('scripts/check-console.mjs')],
  ['guides', node('scripts/check-guides.mjs')],
  ['pack', node('scripts/check-pack.mjs')],
  // Ten thousand sockets, a server that ends and starts again, and a minute of everything.
  ['sockets', withOthers('scripts/check-sockets.mjs')],
  // It waits more than it computes.
  ['two servers', withOthers('scripts/check-two-servers.mjs')],
  ['browser', withOthers('scripts/check-browser.mjs')],
  // The documentation, built and looked at.
  ['site', withOthers('scripts/check-site.mjs')],
  ['store on PostgreSQL', withOthers('scripts/check-postgres.mjs')],
  ['relays over NATS', withOthers('scripts/check-nats.mjs')],
  ['fuzz', node('scripts/check-fuzz.mjs')],
  ['types', types],
  ['docs', node('scripts/check-docs.mjs')],
  ['format and lint', tool('biome', 'ci', '--colors=off', '--error-on-warnings', '.')],
  ['graph', node('scripts/check-graph.mjs')],
  ['codes', node('scripts/check-codes.mjs')],
  ['wasm', node('scripts/check-wasm.mjs')],
  ['release', node('scripts/check-release.mjs')],
  ['keys in a token', withOthers('scripts/check-hsm.mjs')],
  ['files of age', withOthers('scripts/check-age.mjs')],
  ['noise of others', withOthers('scripts/check-noise.mjs')],
  ['conference of others', withOthers('scripts/check-conference-peer.mjs')],
  ['second reader', withOthers('scripts/check-readers.mjs')],
  ['ipfs', withOthers('scripts/check-ipfs.mjs')],
  ['demo on real input', demoOnRealInput],
  ['vectors of the project', chartseal('vectors', 'vectors/seeds', '--json')],
  ['vectors of our own formats', chartseal('vectors', 'vectors/own', '--json')],
  ['vectors of the seeds', sharedVectors('vectors/seeds')],
  ['vectors of Wycheproof', sharedVectors('vectors/wycheproof')],
  ['vectors of SLIP-0039', sharedVectors('vectors/slip39')],
  ['vectors of RFC 6962', sharedVectors('vectors/merkle')],
  ...(inCi ? [['demo on Node 24', onNode24('apps/demo/dist/main.js')]] : []),
]
await atOnce(3, [testsAndBudget, ...aside(beside)])

if (replayed > 0) unhappy.push(`${replayed} cases did not change since they passed, and did not run again`)
process.stdout.write(`\n${unhappy.map(line => `${line}\n`).join('')}`)
process.stdout.write(`${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped\n`)
process.exitCode = count.failed > 0 || (inCi && count.skipped > 0) ? 1 : 0
