/** One real clinic server on this machine, with the page, in a folder of its own that is gone at the end. */
import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startWitnesses } from './witnesses.mjs'

const here = fileURLToPath(new URL('.', import.meta.url))
const server = join(here, '../../server/dist/main.js')
export const pageFolder = join(here, '../dist/page')

/** The server refuses settings that it does not know, and the gate has some of its own. */
const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('CHARTSEAL_')))

function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address()
      probe.close(() => resolve(port))
    })
  })
}

/** Waits until the clinic is ready, or has ended. */
async function answers(origin, child, logs) {
  while (!isEnded(child)) {
    const ready = await fetch(`${origin}/readyz`).then(
      response => response.ok,
      () => false,
    )
    if (ready) return
    await new Promise(resolve => setTimeout(resolve, 50))
  }
  throw new Error(`the clinic ended before it was ready: ${Buffer.concat(logs).toString().slice(-1_000)}`)
}

/** @param numWitnesses how many witnesses its log has, all of which must cosign */
export async function startClinic({ numWitnesses = 0 } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'chartseal-page-'))
  let data = join(folder, 'data')
  const port = await freePort()
  const origin = `http://localhost:${port}`
  const settings = () => ['--data', data, '--origin', origin]
  const ports = ['--port', `${port}`, '--metrics-port', 'off']
  const runBoth = (...args) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [server, ...args], {
      encoding: 'utf8',
      env,
    })
    if (status !== 0) throw new Error(`chartseal-server ${args[0]}: ${stderr}`)
    return { stdout, stderr }
  }
  const run = (...args) => runBoth(...args).stdout
  run('init', '--name', 'North Street', ...settings())
  const witnesses = await startWitnesses(numWitnesses, {
    logOrigin: `localhost:${port}/log`,
    keyFile: join(data, 'keys/signing.key'),
    policyFile: join(folder, 'policy'),
  })
  const logs = []
  const serve = async page => {
    const rates = ['--device-rate', '200', '--network-rate', '200']
    const child = spawn(
      process.execPath,
      [server, 'serve', ...settings(), ...ports, ...rates, ...witnesses.settings, '--console', page],
      {
        stdio: ['ignore', 'pipe', 'pipe'],
        env,
      },
    )
    for (const stream of [child.stdout, child.stderr]) stream.on('data', bytes => logs.push(bytes))
    await answers(origin, child, logs)
    return child
  }
  let child = await serve(pageFolder)
  return {
    origin,
    invite: role => run('invite', '--role', role, ...settings()).match(/http\S+#invite=\S+/)[0],
    /** Everything that the server keeps or has said; it is stopped for that, so that no file goes meanwhile. */
    async traces() {
      await ended(child)
      return [...filesBelow(data).map(path => readFileSync(path)), ...logs]
    },
    /** The same clinic, with another page. */
    async restart(page) {
      await ended(child)
      child = await serve(page)
    },
    /** Dies at once, as by a power cut. */
    async kill() {
      await ended(child, 'SIGKILL')
    },
    /** The same clinic again. */
    async begin() {
      child = await serve(pageFolder)
    },
    /** Gives where the backup is. */
    backUp() {
      const to = join(folder, 'backups')
      mkdirSync(to, { recursive: true })
      return run('backup', '--data', data, '--to', to).trim()
    },
    /** The disk was lost: the backup, and a new log in place of the one that nobody has. Gives what the operator reads. */
    async restoreWithNewLog(from, newLog) {
      await ended(child)
      const [lost, key] = [data, join(data, 'keys/signing.key')]
      data = join(folder, 'restored')
      const why = [
        '--new-log',
        newLog,
        '--reason',
        'The disk is lost.',
        '--known',
        join(lost, 'log/checkpoint'),
      ]
      const { stderr } = runBoth('restore', '--from', from, '--key', key, '--data', data, ...why)
      child = await serve(pageFolder)
      return stderr
    },
    async stop() {
      await ended(child)
      await witnesses.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

const isEnded = ({ exitCode, signalCode }) => exitCode !== null || signalCode !== null

async function ended(child, how = 'SIGTERM') {
  if (isEnded(child)) return
  const gone = new Promise(resolve => child.once('exit', resolve))
  child.kill(how)
  await gone
}

const filesBelow = folder =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name))
