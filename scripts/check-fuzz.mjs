/**
 * Hostile input at scale: every reader of every package and app is given inputs that were changed in many ways, and ones
 * that grow. What must hold is in fuzz/judge.mjs, the list of readers in fuzz/targets. In the gate 10^5 inputs of the same
 * seed; `SLOW=1` 10^7 of a seed that is drawn and printed, led by what code they run. `FC_SEED` repeats one; `--count N`,
 * `--only PART-OF-A-NAME`, `--guided`, `--growth` alone.
 */
import { randomInt } from 'node:crypto'
import { parseArgs } from 'node:util'
import { search } from './fuzz/search.mjs'
import { setOf } from './fuzz/targets.mjs'
import { unlisted } from './fuzz/unlisted.mjs'
import { chosen, report } from './lib/report.mjs'

const { values } = parseArgs({
  options: {
    count: { type: 'string' },
    only: { type: 'string' },
    guided: { type: 'boolean', default: false },
    growth: { type: 'boolean', default: false },
    rows: { type: 'boolean', default: false },
    patience: { type: 'string', default: '60' },
  },
})
const isSlow = process.env.SLOW === '1'
const seed = Number(process.env.FC_SEED ?? (isSlow ? randomInt(2 ** 31) : 1))
const count = Number(values.count ?? (isSlow ? 10_000_000 : 100_000))
const patienceMs = Number(values.patience) * 1000

const shownLength = 600
const shown = input => {
  const text = typeof input === 'string' ? JSON.stringify(input) : Buffer.from(input).toString('hex')
  return text.length > shownLength ? `${text.slice(0, shownLength)}… (${input.length})` : text
}
const line = ({ target, what, input }) => `${target}: ${what}\n  ${shown(input)}`

/** A search that misses what was put there finds nothing elsewhere either. One after the other: CPU time is of the process. */
async function missed() {
  const lost = []
  for (const [set, mode] of [
    ['planted', 'blind'],
    ['plantedGrowth', 'growth'],
    ['plantedHang', 'blind'],
  ]) {
    const names = (await setOf(set)).map(({ name }) => name)
    const options = {
      seed: 1,
      count: 3_000,
      names,
      set,
      mode,
      patienceMs: mode === 'growth' ? patienceMs : 3_000,
    }
    const { faults } = await search(options)
    lost.push(...names.filter(name => !faults.some(({ target }) => target === name)))
  }
  return lost.map(name => `the search missed the fault of ${name}`)
}

const all = await setOf('all')
const names = chosen(
  'reader',
  all.map(({ name }) => name),
  values.only === undefined ? [] : [values.only],
)
const onRow = values.rows
  ? row =>
      process.stdout.write(
        `${row.name.padEnd(44)} ${`${row.tried}`.padStart(8)} tried, ${`${row.accepted}`.padStart(7)} accepted, ${row.faults.length} faults, ${(row.ms ?? 0).toFixed(0)} ms\n`,
      )
  : undefined
const options = { seed, count, names, set: 'all', patienceMs }

const faults = []
let tried = 0
let accepted = 0
if (!values.growth) {
  const { faults: found, rows } = await search({
    ...options,
    mode: values.guided || isSlow ? 'guided' : 'blind',
    onRow,
  })
  faults.push(...found)
  for (const row of rows) {
    tried += row.tried
    accepted += row.accepted
  }
}
if (values.growth || values.only === undefined)
  faults.push(...(await search({ ...options, mode: 'growth' })).faults)
const isWhole = values.only === undefined && !values.growth
const lost = isWhole ? [...(await missed()), ...(await unlisted())] : []
const { user, system } = process.cpuUsage()
report(
  'fuzz',
  [...lost, ...faults.map(line)],
  [
    `${names.length} readers, ${tried} inputs of seed ${seed}, of which ${accepted} were accepted; ${((user + system) / 1e6).toFixed(0)} s of CPU`,
  ],
)
