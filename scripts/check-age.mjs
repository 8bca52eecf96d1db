/**
 * Files of age both ways with Debian's age, which CI installs: what this project exports it decrypts, what it encrypts
 * is imported, and what either changes is refused. Exit 1 for what does not hold, 77 without age.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { childEnv } from './lib/process.mjs'
import { report } from './lib/report.mjs'
import { onPath, provideAge } from './lib/token.mjs'
import { root } from './lib/workspace.mjs'

const skipped = 77
const limitMs = 60_000
const bin = join(root, 'apps/cli/dist/main.js')
/** Around the 64 KiB in which age cuts a file. */
const sizes = [0, 1, 65_535, 65_536, 65_537, 1_000_000]

function worldIn(folder, path) {
  const env = childEnv({ INIT_CWD: folder, NO_COLOR: '1', PATH: onPath(path) })
  const run = (program, args) =>
    spawnSync(program, args, { cwd: folder, env, encoding: 'utf8', timeout: limitMs })
  return {
    read: name => readFileSync(join(folder, name)),
    write: (name, bytes) => writeFileSync(join(folder, name), bytes),
    age: (...args) => run('age', args),
    keygen: (...args) => run('age-keygen', args),
    chartseal: (...args) => run(process.execPath, [bin, 'envelope', ...args]),
  }
}

const owned = ['--store', 'blocks', '--owner-key', 'rosa.owner', '--identity', 'rosa.id']
const opened = ['--store', 'blocks', '--identity', 'rosa.id', '--any-owner']

function makeKeys({ keygen, chartseal, read }) {
  for (const name of ['rosa', 'other']) keygen('-o', `${name}.key`)
  chartseal('keygen', '--out', 'rosa.id', '--owner-key', 'rosa.owner')
  return /age1[0-9a-z]+/.exec(read('rosa.key').toString())[0]
}

/** Both ways for content of this size. */
function bothWays(world, size, to, check) {
  const { read, write, age, chartseal } = world
  const content = Buffer.from(Array.from({ length: size }, (_, i) => (i * 7 + size) & 0xff))
  write('content', content)
  chartseal('put', ...owned, 'content', '-o', 'put.grants', '--force')
  chartseal('age-export', ...opened, '--to', to, 'put.grants', '-o', 'export.age', '--force')
  // Before its first byte age makes no file.
  write('decrypted', '')
  const decrypted = age('-d', '-i', 'rosa.key', '-o', 'decrypted', 'export.age')
  check(
    `age opens ${size} bytes: ${decrypted.stderr}`,
    decrypted.status === 0 && read('decrypted').equals(content),
  )
  age('-r', to, '-o', 'made.age', 'content')
  const made = chartseal(
    'age-import',
    '--age-identity',
    'rosa.key',
    ...owned,
    'made.age',
    '-o',
    'i.grants',
    '--force',
  )
  chartseal('get', ...opened, 'i.grants', '-o', 'imported', '--force')
  check(`a file of age of ${size} bytes is imported: ${made.stderr}`, read('imported').equals(content))
}

function refusals({ read, write, age, chartseal }, check) {
  const others = age('-d', '-i', 'other.key', 'export.age')
  check('another key does not open', others.status !== 0)
  const file = read('made.age')
  const importing = ['age-import', '--age-identity', 'rosa.key', ...owned, 'bad.age', '-o', 'bad.grants']
  for (const bad of [file.subarray(0, -1), Buffer.concat([file, Buffer.from([0])])]) {
    write('bad.age', bad)
    check(
      'a file that was cut or extended is refused',
      chartseal(...importing).stderr.includes('(open/failed)'),
    )
  }
}

function findingsIn(world) {
  const findings = []
  const check = (text, holds) => holds || findings.push(text)
  const to = makeKeys(world)
  for (const size of sizes) bothWays(world, size, to, check)
  refusals(world, check)
  return findings
}

const { found, reason } = provideAge()
if (found === null) {
  process.stdout.write(`age: skipped: ${reason}\n`)
  process.exitCode = skipped
} else {
  const folder = mkdtempSync(join(tmpdir(), 'chartseal-age-'))
  try {
    const { stdout } = spawnSync('age', ['--version'], { encoding: 'utf8', env: { PATH: onPath(found) } })
    report('age', findingsIn(worldIn(folder, found)), [
      `age ${stdout.trim()}, ${sizes.length} sizes both ways`,
    ])
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
