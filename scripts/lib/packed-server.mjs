/** Whether the server works as its operators install it: a clinic is made, served, entered and saved. */
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { childEnv } from './process.mjs'

const limitMs = 240_000

class Refused extends Error {}

function require(holds, text) {
  if (!holds) throw new Refused(text)
}

/** Runs commands in `folder`; each gives what it prints. */
function commandsIn(folder, node, main) {
  return (...args) => {
    const options = { cwd: folder, env: childEnv({ HOME: folder }), encoding: 'utf8', timeout: limitMs }
    const { status, stdout, stderr } = spawnSync(node, [main, ...args], options)
    require(status === 0, `chartseal-server ${args.join(' ')}: ${stderr.trim().split('\n')[0]}`)
    return stdout
  }
}

/** Runs the server while `work` asks it; `work` gets where it listens. */
async function serving(folder, node, main, work) {
  const args = [main, 'serve', '--data', 'clinic', '--port', '0', '--origin', 'http://localhost:8471']
  const options = { cwd: folder, env: childEnv({ HOME: folder }), stdio: ['ignore', 'pipe', 2] }
  const child = spawn(node, args, { ...options, timeout: 2 * limitMs })
  const ended = once(child, 'exit')
  try {
    await work(`http://127.0.0.1:${await portOf(child)}`)
  } finally {
    child.kill()
    const [code] = await ended
    if (code !== 0) process.stdout.write(`the packed server ended with ${code}\n`)
  }
}

async function portOf({ stdout }) {
  let text = ''
  for await (const part of stdout.setEncoding('utf8').iterator({ destroyOnReturn: false })) {
    text += part
    const [, port] = /\(listening at 127\.0\.0\.1:(\d+)\)/.exec(text) ?? []
    if (port !== undefined) {
      stdout.resume()
      return port
    }
  }
  throw new Refused(`chartseal-server serve ends: ${text}`)
}

async function get(address, path) {
  const answer = await fetch(`${address}${path}`, { signal: AbortSignal.timeout(limitMs) })
  require(answer.status === 200, `GET ${path} gives ${answer.status}`)
  return new Uint8Array(await answer.arrayBuffer())
}

/** Every file of the page is given out, as its manifest says. */
async function askForPage(address) {
  require(new TextDecoder().decode(await get(address, '/readyz')).trim() === 'ok', '/readyz is not ok')
  const { files } = JSON.parse(new TextDecoder().decode(await get(address, '/manifest.json')))
  require(Object.keys(files).includes('/'), 'the manifest of the page does not name the page')
  for (const [path, hash] of Object.entries(files)) {
    const found = createHash('sha256')
      .update(await get(address, path))
      .digest('hex')
    require(found === hash, `${path} is not what the manifest of the page says`)
  }
}

async function runClinic(folder, node, main, version) {
  const server = commandsIn(folder, node, main)
  require(server('--version') === `${version}\n`, `chartseal-server --version is not ${version}`)
  const names = [...server('--help').matchAll(/^ {2}([a-z-]+) {2,}/gm)].map(([, name]) => name)
  for (const name of names) server(name, '--help')
  server('init', '--data', 'clinic', '--name', 'North Street', '--origin', 'http://localhost:8471')
  await serving(folder, node, main, async address => {
    await askForPage(address)
    const link = server('invite', '--data', 'clinic', '--role', 'doctor')
    require(/^http:\/\/localhost:8471\/#invite=\S{43}$/m.test(link), 'chartseal-server invite prints no link')
    server('backup', '--data', 'clinic', '--to', 'backups', '--check')
    require(readdirSync(join(folder, 'backups')).length === 1, 'chartseal-server backup leaves no backup')
  })
}

/** What an installed server does not do on this Node. */
export async function serverFindings(node, main, version) {
  const folder = mkdtempSync(join(tmpdir(), 'chartseal-packed-server-'))
  try {
    await runClinic(folder, node, main, version)
    return []
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    return [`the packed server on ${node}: ${error.message}`]
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
