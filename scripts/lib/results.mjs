/** What the tests of each package reported: coverage/results.json and coverage/coverage-summary.json. */
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { root, workspaces } from './workspace.mjs'

const readJson = path => (existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : null)

export const testedWorkspaces = () =>
  workspaces().filter(({ manifest }) => manifest.scripts?.test !== undefined)

/** So that a suite that never ran cannot show the numbers of an older run. @param but folders whose results are of now */
export function forgetResults(but = []) {
  for (const { path } of testedWorkspaces().filter(({ folder }) => !but.includes(folder)))
    for (const name of ['results.json', 'coverage-summary.json'])
      rmSync(join(path, 'coverage', name), { force: true })
}

const fileOf = name => name.replace(root, '')

/** Tests by name, `file > describe > test`, of those whose status is wanted. */
const namesOf = (results, isWanted) =>
  results.testResults.flatMap(file =>
    file.assertionResults
      .filter(test => isWanted(test.status))
      .map(test => `${fileOf(file.name)} > ${test.fullName}`),
  )

/** Files that broke before a test could run count as one failure each. */
const brokenFiles = results =>
  results.testResults
    .filter(file => file.status === 'failed' && !file.assertionResults.some(test => test.status === 'failed'))
    .map(file => `${fileOf(file.name)}: ${(file.message ?? 'failed').split('\n')[0]}`)

function readWorkspace({ folder, path, manifest }) {
  const results = readJson(join(path, 'coverage/results.json'))
  const coverage = readJson(join(path, 'coverage/coverage-summary.json'))
  const branches = coverage?.total.branches.pct
  const common = {
    folder,
    name: manifest.name,
    branches: typeof branches === 'number' ? branches : null,
    startTime: results?.startTime ?? null,
  }
  if (results === null)
    return { ...common, passed: 0, failed: 1, failures: [], skipped: [], broken: ['the suite did not run'] }
  const broken = results.numTotalTests === 0 ? [...brokenFiles(results), 'no test ran'] : brokenFiles(results)
  return {
    ...common,
    passed: results.numPassedTests,
    failed: results.numFailedTests + broken.length,
    failures: namesOf(results, status => status === 'failed'),
    skipped: namesOf(results, status => status !== 'passed' && status !== 'failed'),
    broken,
  }
}

/** One row per workspace that has tests. */
export const testResults = () => testedWorkspaces().map(readWorkspace)

const sum = numbers => numbers.reduce((total, number) => total + number, 0)

export const totals = rows => ({
  passed: sum(rows.map(row => row.passed)),
  failed: sum(rows.map(row => row.failed)),
  skipped: sum(rows.map(row => row.skipped.length)),
})

/** Whether a suite really ran since then, and was not replayed; one without results should have. */
export const ranSince = ({ startTime }, sinceMs) => startTime === null || startTime >= sinceMs

/** What failed, by name, one line each. */
export const failuresOf = rows =>
  rows.flatMap(row => [
    ...row.broken.map(text => `broken: ${row.folder}: ${text}`),
    ...row.failures.map(text => `failed: ${text}`),
  ])

/** The table that ends `npm test`. */
export function summary(rows) {
  const width = Math.max(...rows.map(row => row.name.length))
  const lines = rows.map(row => {
    const numbers = [`${row.passed} ok`, `${row.failed} failed`, `${row.skipped.length} skipped`]
    const covered = row.branches === null ? '' : `branches ${row.branches} %`
    return `  ${row.name.padEnd(width)}  ${numbers.map(text => text.padEnd(12)).join('')}${covered}`
  })
  const notes = [
    ...failuresOf(rows).map(text => `  ${text}`),
    ...rows.flatMap(row => row.skipped.map(text => `  skipped: ${text}`)),
  ]
  const { passed, failed, skipped } = totals(rows)
  const total = `${passed + failed + skipped} tests on Node ${process.version}: ${passed} ok, ${failed} failed, ${skipped} skipped`
  return ['', ...lines, ...notes.slice(0, 40), total, ''].join('\n')
}
