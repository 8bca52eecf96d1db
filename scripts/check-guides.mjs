/**
 * Runs every guide as a reader would: the `sh` blocks of a page in order, in one empty folder, with `chartseal` on
 * the PATH. A `text` block that follows is what the commands before it print: each of its lines must appear, in
 * order, where `…` stands for anything.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join, relative } from 'node:path'
import { findPostgres, installPostgres, startPostgres } from './lib/postgres.mjs'
import { childEnv } from './lib/process.mjs'
import { report } from './lib/report.mjs'
import { filesBelow, root } from './lib/workspace.mjs'

const limitMs = 120_000
const mark = '@@ block'

/** The commands of a page, each block with the lines that it should print. */
function blocksOf(text) {
  const found = [...text.matchAll(/^```(sh|text)\n([\s\S]*?)^```$/gm)]
  return found.flatMap(([, kind, body], i) => {
    if (kind !== 'sh') return []
    const next = found[i + 1]
    return [{ commands: body, expected: next?.[1] === 'text' ? next[2].trimEnd().split('\n') : [] }]
  })
}

/** A folder with nothing in it but the command itself, outside of it. */
function makeWorld() {
  const world = mkdtempSync(join(tmpdir(), 'chartseal-guide-'))
  const [bin, folder] = [join(world, 'bin'), join(world, 'folder')]
  for (const path of [bin, folder]) mkdirSync(path)
  for (const [name, app] of [
    ['chartseal', 'cli'],
    ['chartseal-server', 'server'],
  ]) {
    const main = join(root, `apps/${app}/dist/main.js`)
    writeFileSync(join(bin, name), `#!/bin/sh\nexec '${process.execPath}' '${main}' "$@"\n`)
    chmodSync(join(bin, name), 0o755)
  }
  return { world, bin, folder }
}

/** The exit code, `null` after a signal, and what was printed. */
async function runBlocks(blocks, extra) {
  const { world, bin, folder } = makeWorld()
  const script = blocks.map(({ commands }, i) => `printf '\\n${mark} ${i}\\n'\n${commands}`).join('\n')
  const { PATH } = childEnv()
  const child = spawn('sh', ['-eu', '-c', `exec 2>&1\n${script}`], {
    cwd: folder,
    timeout: limitMs,
    env: childEnv({
      PATH: [bin, ...(extra === null ? [] : [extra.bin]), PATH].join(delimiter),
      NO_COLOR: '1',
      INIT_CWD: folder,
      ...(extra === null ? {} : { POSTGRES: extra.url }),
    }),
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const chunks = []
  child.stdout.on('data', chunk => chunks.push(chunk))
  try {
    const [status] = await once(child, 'close')
    return { status, output: Buffer.concat(chunks).toString('utf8') }
  } finally {
    rmSync(world, { recursive: true, force: true })
  }
}

const escaped = text => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
const patternOf = line => new RegExp(`^${line.trimEnd().split('…').map(escaped).join('.*')}\\s*$`)

/** The expected lines that do not appear, each behind the one before it. */
function missing(expected, output) {
  const lines = output.split('\n')
  let at = 0
  return expected.filter(line => {
    const found = lines.findIndex((text, i) => i >= at && patternOf(line).test(text))
    if (found >= 0) at = found + 1
    return found < 0
  })
}

const needsPostgres = path => /^<!-- needs: postgresql -->$/m.test(readFileSync(path, 'utf8'))

/** For the pages that need it; one that cannot run is a finding in CI, and a note elsewhere. */
async function withPostgres(work) {
  const bin = findPostgres() ?? (process.env.CI === undefined ? null : installPostgres())
  if (bin === null) return work(null)
  const { url, stop } = await startPostgres(bin)
  try {
    return await work({ bin, url: url.replace(/\/postgres$/, '') })
  } finally {
    await stop()
  }
}

async function findingsOf(path, extra) {
  const name = relative(root, path)
  const text = readFileSync(path, 'utf8')
  const blocks = blocksOf(text)
  // Code in TypeScript is run by check-docs.
  if (blocks.length === 0) return /^```ts$/m.test(text) ? [] : [`${name}: a guide without a command`]
  const { status, output } = await runBlocks(blocks, extra)
  const parts = output.split(new RegExp(`^${mark} \\d+\\n`, 'm')).slice(1)
  const unseen = blocks.flatMap(({ expected }, i) =>
    missing(expected, parts[i] ?? '').map(line => `${name}: block ${i + 1} does not print: ${line}`),
  )
  const ended = status === 0 ? [] : [`${name}: block ${parts.length} ended with ${status ?? 'a signal'}`]
  const findings = [...ended, ...unseen]
  return findings.length === 0 ? [] : [...findings, `It printed:\n${parts.at(-1) ?? output}`]
}

/** Two at a time: each waits for its own commands, most of which are short. */
async function allFindings(paths, extra) {
  const waiting = [...paths]
  const found = []
  const work = async () => {
    for (let path = waiting.shift(); path !== undefined; path = waiting.shift()) {
      found.push(...(await findingsOf(path, extra)))
    }
  }
  await Promise.all([work(), work()])
  return found
}

const guides = filesBelow(join(root, 'docs/guides')).filter(path => path.endsWith('.md'))
const [special, ordinary] = [guides.filter(needsPostgres), guides.filter(path => !needsPostgres(path))]
const findings = await allFindings(ordinary, null)
const notes = [`${guides.length} guides run`]
await withPostgres(async extra => {
  if (extra !== null) findings.push(...(await allFindings(special, extra)))
  else if (process.env.CI === undefined) notes.push(`skipped, without PostgreSQL: ${special.length}`)
  else findings.push('There is no PostgreSQL for the guides that need it.')
})
report('guides', findings, notes)
