/**
 * Runs every guide as a reader would: the `sh` blocks of a page in order, in one empty folder, with `chartseal`
 * and `chartseal-server`, as they are packed, on the PATH. A `text` block that follows is what the commands before it print: each of its lines must appear, in
 * order, where `…` stands for anything.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join, relative } from 'node:path'
import { jsIpfsPeer } from './ipfs/peers.mjs'
import { startNode } from './ipfs/programs.mjs'
import { provideNats } from './lib/nats.mjs'
import { provideNginx } from './lib/nginx.mjs'
import { providePostgres, startPostgres } from './lib/postgres.mjs'
import { childEnv } from './lib/process.mjs'
import { unpackProgram } from './lib/program.mjs'
import { chosen, report } from './lib/report.mjs'
import { provideToken, tokenEnv } from './lib/token.mjs'
import { filesBelow, root } from './lib/workspace.mjs'

// One page hardens a passphrase fifty times, on a machine that may have other work.
const limitMs = 600_000
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

/** A folder with nothing in it but the commands themselves, outside of it. */
function makeWorld(programs) {
  const world = mkdtempSync(join(tmpdir(), 'chartseal-guide-'))
  const [bin, folder] = [join(world, 'bin'), join(world, 'folder')]
  for (const path of [bin, folder]) mkdirSync(path)
  for (const [name, path] of Object.entries(programs)) {
    writeFileSync(join(bin, name), `#!/bin/sh\nexec '${process.execPath}' '${path}' "$@"\n`)
    chmodSync(join(bin, name), 0o755)
  }
  return { world, bin, folder }
}

/** What a page has left running when it failed. */
function endGroup({ pid }) {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // Nobody is left.
  }
}

/** The exit code, `null` after a signal, and what was printed. `needed`: what a page asks for, `{ bin, env }`. */
async function runBlocks(blocks, programs, needed) {
  const { world, bin, folder } = makeWorld(programs)
  const script = blocks.map(({ commands }, i) => `printf '\\n${mark} ${i}\\n'\n${commands}`).join('\n')
  const { PATH } = childEnv()
  const child = spawn('sh', ['-eu', '-c', `exec 2>&1\n${script}`], {
    cwd: folder,
    timeout: limitMs,
    env: childEnv({
      PATH: [bin, ...(needed === null ? [] : [needed.bin]), PATH].join(delimiter),
      NO_COLOR: '1',
      INIT_CWD: folder,
      ...needed?.env,
    }),
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  })
  // Whoever is still there holds the other end of the pipe.
  child.on('exit', () => endGroup(child))
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

const needOf = path => /^<!-- needs: (\w+) -->$/m.exec(readFileSync(path, 'utf8'))?.[1]

/** What pages may ask for: `work` gets `{ bin, env }`, or `null` and why there is none. */
const needs = {
  async postgresql(work) {
    const { found: bin, reason } = providePostgres()
    if (bin === null) return work(null, reason)
    const { url, stop } = await startPostgres(bin)
    try {
      return await work({ bin, env: { POSTGRES: url.replace(/\/postgres$/, '') } })
    } finally {
      await stop()
    }
  },
  async token(work) {
    const { found: bin, reason } = provideToken()
    if (bin === null) return work(null, reason)
    const home = mkdtempSync(join(tmpdir(), 'chartseal-token-'))
    try {
      return await work({ bin, env: tokenEnv(home) })
    } finally {
      rmSync(home, { recursive: true, force: true })
    }
  },
  async ipfs(work) {
    const peer = jsIpfsPeer()
    if (peer === null) return work(null, 'npm has not got js-ipfs')
    const scratch = mkdtempSync(join(tmpdir(), 'chartseal-node-'))
    const node = await startNode(peer.node, peer.folder, join(scratch, 'repository'))
    try {
      return await work({ bin: join(peer.folder, 'node_modules/.bin'), env: { NODE: node.url } })
    } finally {
      await node.stop()
      rmSync(scratch, { recursive: true, force: true })
    }
  },
  async nats(work) {
    const { found: bin, reason } = provideNats()
    return work(bin === null ? null : { bin, env: {} }, reason)
  },
  async nginx(work) {
    const { found: bin, reason } = provideNginx()
    return work(bin === null ? null : { bin, env: {} }, reason)
  },
}

async function findingsOf(path, programs, needed) {
  const name = relative(root, path)
  const text = readFileSync(path, 'utf8')
  const blocks = blocksOf(text)
  // Code in TypeScript is run by check-docs.
  if (blocks.length === 0) return /^```ts$/m.test(text) ? [] : [`${name}: a guide without a command`]
  const { status, output } = await runBlocks(blocks, programs, needed)
  const parts = output.split(new RegExp(`^${mark} \\d+\\n`, 'm')).slice(1)
  const unseen = blocks.flatMap(({ expected }, i) =>
    missing(expected, parts[i] ?? '').map(line => `${name}: block ${i + 1} does not print: ${line}`),
  )
  const ended = status === 0 ? [] : [`${name}: block ${parts.length} ended with ${status ?? 'a signal'}`]
  const findings = [...ended, ...unseen]
  return findings.length === 0 ? [] : [...findings, `It printed:\n${parts.at(-1) ?? output}`]
}

/** Two at a time: each waits for its own commands, most of which are short. */
async function allFindings(paths, programs, needed) {
  const waiting = [...paths]
  const found = []
  const work = async () => {
    for (let path = waiting.shift(); path !== undefined; path = waiting.shift()) {
      found.push(...(await findingsOf(path, programs, needed)))
    }
  }
  await Promise.all([work(), work()])
  return found
}

/** One that cannot run is a finding in CI, and a note elsewhere. */
async function findingsOfAll(guides, programs) {
  const findings = await allFindings(
    guides.filter(path => needOf(path) === undefined),
    programs,
    null,
  )
  const notes = []
  for (const [name, provide] of Object.entries(needs)) {
    const pages = guides.filter(path => needOf(path) === name)
    if (pages.length === 0) continue
    await provide(async (needed, reason) => {
      const text = `skipped, as ${reason}: ${pages.map(path => relative(root, path))}`
      if (needed !== null) findings.push(...(await allFindings(pages, programs, needed)))
      else (process.env.CI === undefined ? notes : findings).push(text)
    })
  }
  const unknown = guides.filter(path => needOf(path) !== undefined && !Object.hasOwn(needs, needOf(path)))
  return {
    notes,
    findings: [...findings, ...unknown.map(path => `${relative(root, path)} needs ${needOf(path)}`)],
  }
}

/** All of them, or those whose names have one of the arguments in them. */
const guideFolder = join(root, 'docs/guides')
const names = filesBelow(guideFolder)
  .map(path => relative(guideFolder, path))
  .filter(name => name.endsWith('.md'))
const guides = chosen('guide', names, process.argv.slice(2)).map(name => join(guideFolder, name))
const installed = mkdtempSync(join(tmpdir(), 'chartseal-guides-'))
try {
  const programs = {}
  for (const name of ['chartseal', 'chartseal-server']) programs[name] = await unpackProgram(installed, name)
  const { findings, notes } = await findingsOfAll(guides, programs)
  report('guides', findings, [`${guides.length} guides`, ...notes])
} finally {
  rmSync(installed, { recursive: true, force: true })
}
