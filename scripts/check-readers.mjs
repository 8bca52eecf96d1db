/**
 * The vectors of our own formats once more, read by programs in Python that were written from docs/spec alone
 * (vectors/readers). A file that none of them reads is a finding, and so is a page of a format that the table there
 * leaves out; `SLOW=1`: each property once with another value, which somebody must notice. Exit 1 for what does not hold,
 * 77 without Debian's python3-cryptography and libargon2, which CI installs.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { provide } from './lib/debian.mjs'
import { provideCryptography, python } from './lib/python.mjs'
import { report } from './lib/report.mjs'
import { root } from './lib/workspace.mjs'

const skipped = 77
const hangsAfterMs = 300_000
const libraries = '/usr/lib'

/** In whatever folder the architecture has it. */
function findArgon2() {
  const isIt = name => name.endsWith('/libargon2.so.1')
  const folders = (existsSync(libraries) ? readdirSync(libraries) : []).filter(name =>
    name.endsWith('-linux-gnu'),
  )
  const found = folders.flatMap(folder =>
    readdirSync(join(libraries, folder)).map(name => `${folder}/${name}`),
  )
  return found.find(isIt) ?? null
}

const own = join(root, 'vectors/own')

function readVectors(folder) {
  const args = ['-B', join(root, 'vectors/readers/run.py'), folder]
  const { status, error, stdout, stderr } = spawnSync(python, args, {
    encoding: 'utf8',
    timeout: hangsAfterMs,
  })
  if (status !== 0) return { files: {}, findings: [`the readers ended with ${status}: ${error ?? stderr}`] }
  return JSON.parse(stdout)
}

/** That the readers see what is wrong: a value that was changed, and a file that nobody reads. */
function blindness() {
  const folder = mkdtempSync(join(tmpdir(), 'chartseal-readers-'))
  try {
    const document = JSON.parse(readFileSync(join(own, 'wire-v2.json'), 'utf8'))
    document.cases[0].content = `${document.cases[0].content}00`
    writeFileSync(join(folder, 'wire-v2.json'), JSON.stringify(document))
    writeFileSync(join(folder, 'unknown.json'), JSON.stringify({ cases: [] }))
    const { findings } = readVectors(folder)
    const seen = ['unknown.json: ', 'wire-v2.json: '].filter(name =>
      findings.some(one => one.startsWith(name)),
    )
    return seen.length === 2 ? [] : ['the readers do not see what is wrong']
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** Each page that may define a format says in vectors/README.md how it is read; so does each file of vectors, and each reader. */
function untold() {
  const table = readFileSync(join(root, 'vectors/README.md'), 'utf8')
  const namesIn = (folder, form) => readdirSync(join(root, folder)).filter(name => form.test(name))
  const pages = namesIn('docs/spec', /(?<!-v1)\.md$/).map(name => `../docs/spec/${name}`)
  const files = namesIn('vectors/own', /\.json$/).map(name => `own/${name}`)
  const readers = namesIn('vectors/readers', /\.py$/).filter(name =>
    /^READS = /m.test(readFileSync(join(root, 'vectors/readers', name), 'utf8')),
  )
  return [...pages, ...files, ...readers.map(name => `readers/${name}`)]
    .filter(path => !table.includes(`](${path})`))
    .map(path => `vectors/README.md says nothing of ${path.replace('../', '')}`)
}

/** `SLOW=1`: each property of each file once with another value, which a reader must notice. */
function unnoticed() {
  const files = readdirSync(own).map(name => join(own, name))
  const args = ['-B', join(root, 'vectors/readers/run.py'), '--unnoticed', ...files]
  const { status, error, stdout, stderr } = spawnSync(python, args, {
    encoding: 'utf8',
    timeout: 2 * hangsAfterMs,
  })
  return status === 0 ? JSON.parse(stdout) : [`the readers ended with ${status}: ${error ?? stderr}`]
}

const needed = [provideCryptography(), provide('libargon2-1', findArgon2)]
const reasons = needed.filter(({ found }) => found === null).map(({ reason }) => reason)
if (reasons.length > 0) {
  process.stdout.write(`second reader: skipped: ${reasons.join('; ')}\n`)
  process.exitCode = skipped
} else {
  const { files, findings } = readVectors(own)
  const counts = Object.values(files).map(({ values }) => values)
  const total = counts.reduce((sum, count) => sum + count, 0)
  const notes = Object.entries(files).map(
    ([name, { values, cpuMs }]) => `${name}: ${values} values read, ${cpuMs} ms`,
  )
  report(
    'second reader',
    [...findings, ...untold(), ...blindness(), ...(process.env.SLOW === '1' ? unnoticed() : [])],
    [...notes, `${total} values of ${counts.length} files read`],
  )
}
