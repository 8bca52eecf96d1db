/** The budget of ARCHITECTURE: sizes, `any`, notes to self, and the branch coverage that the tests just wrote. */
import { existsSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { report } from './lib/report.mjs'
import { testResults } from './lib/results.mjs'
import { sourcesOf } from './lib/source.mjs'
import { filesBelow, root, workspaces } from './lib/workspace.mjs'

const limits = {
  fileLines: 400,
  wantedLines: 250,
  functionLines: 60,
  rootReadme: 200,
  packageReadme: 100,
  branches: 90,
}

const linesOf = path => readFileSync(path, 'utf8').trimEnd().split('\n').length
const percentile = (numbers, share) =>
  numbers.toSorted((a, b) => a - b)[Math.floor((numbers.length - 1) * share)] ?? 0
const sum = numbers => numbers.reduce((total, number) => total + number, 0)

const tooLong = file =>
  file.lines > limits.fileLines ? [`${file.path}: ${file.lines} lines, allowed ${limits.fileLines}`] : []

// Reported: topic comes before length.
const long = all =>
  all
    .filter(({ lines }) => lines > limits.wantedLines && lines <= limits.fileLines)
    .map(
      ({ path, lines }) =>
        `${path}: ${lines} lines, more than the ${limits.wantedLines} that we want (a note)`,
    )

const longFunctions = source =>
  source.functions
    .filter(one => one.lines > limits.functionLines)
    .map(
      one => `${source.path}:${one.line}: a function of ${one.lines} lines, allowed ${limits.functionLines}`,
    )

// The words are spelled apart, so that this file does not find itself.
const notes = new RegExp(`\\b(${['TO' + 'DO', 'FIX' + 'ME', 'X' + 'XX'].join('|')})\\b`)
const switchedOff = new RegExp(`@ts-(ignore|nocheck|expect-error)|biome-${'ignore'}`)

// A type test proves with it that two brands cannot be mixed up.
const provesTypes = (path, line) => path.endsWith('.test-d.ts') && line.includes('@ts-expect-error')

const forbiddenWords = ({ path, text }) =>
  text
    .split('\n')
    .flatMap((line, index) => [
      ...(notes.test(line) ? [`${path}:${index + 1}: a note to self belongs into an issue`] : []),
      ...(path.endsWith('.ts') && switchedOff.test(line) && !provesTypes(path, line)
        ? [`${path}:${index + 1}: a check switched off`]
        : []),
    ])

const anyTypes = ({ path, anyLines }) => anyLines.map(line => `${path}:${line}: the type \`any\``)

const readmeFindings = [
  join(root, 'README.md'),
  ...workspaces().map(({ path }) => join(path, 'README.md')),
].flatMap((path, index) => {
  const allowed = index === 0 ? limits.rootReadme : limits.packageReadme
  const name = relative(root, path)
  const isPrivate = index > 0 && workspaces()[index - 1].manifest.private === true
  if (!existsSync(path)) return isPrivate ? [] : [`${name} is missing`]
  return linesOf(path) > allowed ? [`${name}: ${linesOf(path)} lines, allowed ${allowed}`] : []
})

// The gate's tests measure it just before; without them there is nothing to judge.
const inGate = process.env.CHARTSEAL_GATE === '1'
const packages = testResults().filter(row => row.folder.startsWith('packages/'))
const measured = packages.filter(row => row.branches !== null)
const coverageFindings = [
  ...measured
    .filter(row => row.branches < limits.branches)
    .map(row => `${row.folder}: branch coverage ${row.branches} %, needed ${limits.branches} %`),
  ...packages
    .filter(row => inGate && row.branches === null)
    .map(row => `${row.folder}: branch coverage was not measured`),
]
const coverageNote =
  measured.length === packages.length
    ? `branch coverage of ${measured.length} packages, the least ${Math.min(...measured.map(row => row.branches))} %`
    : 'branch coverage is not known: run the tests of the gate first (npm run verify)'

/** The suite runs on both platforms; were one never resolved, its file would show no function that ran. */
const platformFindings = testResults().flatMap(({ folder }) => {
  const path = join(root, folder, 'coverage/coverage-summary.json')
  if (!existsSync(path)) return []
  return Object.entries(JSON.parse(readFileSync(path, 'utf8')))
    .filter(
      ([file, { functions }]) =>
        /platform-(node|web)\.ts$/.test(file) && functions.total > 0 && functions.covered === 0,
    )
    .map(([file]) => `${relative(root, file)} never ran in the tests`)
})

const sources = workspaces().flatMap(one => sourcesOf(one, 'src'))
const tests = workspaces().flatMap(one => sourcesOf(one, 'test'))
const pages = workspaces().flatMap(one => sourcesOf(one, 'browser'))
const texts = [join(root, 'scripts'), join(root, 'bench/browser')].flatMap(folder => filesBelow(folder))
const scripts = texts
  .filter(path => !path.endsWith('.ts'))
  .map(path => {
    const text = readFileSync(path, 'utf8')
    return { path: relative(root, path), text, lines: linesOf(path), functions: [], anyLines: [] }
  })
const all = [...sources, ...tests, ...pages, ...scripts]
const lengths = sources.flatMap(source => source.functions.map(one => one.lines))
const lines = { source: sum(sources.map(one => one.lines)), test: sum(tests.map(one => one.lines)) }

report(
  'budget',
  [
    ...all.flatMap(tooLong),
    ...all.flatMap(longFunctions),
    ...all.flatMap(forbiddenWords),
    ...all.flatMap(anyTypes),
    ...readmeFindings,
  ]
    .concat(coverageFindings)
    .concat(platformFindings),
  [
    `${sources.length} source files, ${lines.source} lines; ${tests.length} test files, ${lines.test} lines; ` +
      `ratio ${(lines.test / lines.source).toFixed(2)} (reported, not a gate)`,
    `${lengths.length} functions: median ${percentile(lengths, 0.5)} lines, 95th percentile ${percentile(lengths, 0.95)}, ` +
      `longest ${Math.max(0, ...lengths)}`,
    coverageNote,
    ...long(all),
  ],
)
