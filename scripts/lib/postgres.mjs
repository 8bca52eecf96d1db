/** A PostgreSQL of Debian for the time of a test: its own user, folder and port, on the loopback alone. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { provide } from './debian.mjs'

const installed = '/usr/lib/postgresql'
const isRoot = process.getuid?.() === 0

/** The folder of its programs, the newest version; `null` where there is none. */
function findPostgres() {
  if (!existsSync(installed)) return null
  const versions = readdirSync(installed).filter(name => existsSync(join(installed, name, 'bin/initdb')))
  const newest = versions.toSorted((a, b) => Number(b) - Number(a))[0]
  return newest === undefined ? null : join(installed, newest, 'bin')
}

/** As {@link provide}: the folder of its programs. */
export const providePostgres = () => provide('postgresql', findPostgres)

/** It refuses to run as root. */
function ownUser() {
  if (!isRoot) return {}
  const idOf = kind => {
    const { status, stdout } = spawnSync('id', [kind, 'postgres'], { encoding: 'utf8' })
    if (status !== 0) throw new Error('PostgreSQL does not run as root, and there is no user postgres')
    return Number(stdout)
  }
  return { uid: idOf('-u'), gid: idOf('-g') }
}

async function freePort() {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  server.close()
  await once(server, 'close')
  return port
}

const settings = (port, folder) => [
  ...['-p', `${port}`, '-k', folder, '-c', 'listen_addresses=127.0.0.1', '-c', 'max_connections=200'],
  ...['-c', 'log_min_messages=panic', '-c', 'shared_buffers=32MB'],
  // Nothing of it has to outlive the machine, only its own death and that of its clients.
  ...['-c', 'fsync=off', '-c', 'full_page_writes=off'],
]

/** A new cluster of its own: where it is, and how its server is started. */
async function prepare(bin) {
  const folder = mkdtempSync(join(tmpdir(), 'chartseal-postgres-'))
  const user = ownUser()
  if (user.uid !== undefined) chownSync(folder, user.uid, user.gid)
  const data = join(folder, 'data')
  const init = ['-D', data, '-U', 'chartseal', '-A', 'trust', '-E', 'UTF8', '--locale=C.UTF-8', '--no-sync']
  const made = spawnSync(join(bin, 'initdb'), init, { ...user, cwd: folder, encoding: 'utf8' })
  if (made.status !== 0) throw new Error(`initdb: ${made.stderr}`)
  const port = await freePort()
  const options = { ...user, cwd: folder, stdio: ['ignore', 'ignore', 2] }
  const start = () => spawn(join(bin, 'postgres'), ['-D', data, ...settings(port, folder)], options)
  const remove = () => rmSync(folder, { recursive: true, force: true })
  return { data, port, start, remove, url: `postgres://chartseal@127.0.0.1:${port}/postgres` }
}

/** Starts it and gives `{ url, stop }`; `stop` ends it and removes what it wrote. */
export async function startPostgres(bin) {
  const { data, port, url, start, remove } = await prepare(bin)
  const child = start()
  const ended = once(child, 'exit')
  const stop = async () => {
    child.kill('SIGINT')
    await ended
    remove()
  }
  await untilReady(bin, port, child)
  return { url, stop, child, folder: data }
}

/** What a killed one has left must end first. */
const againMs = 200

/** As {@link startPostgres}, and one that is killed is started again. `pidFile` has its process in its first line. */
export async function keepPostgres(bin) {
  const { data, port, url, start, remove } = await prepare(bin)
  let isOver = false
  let child = start()
  const keep = async () => {
    while (!isOver) {
      await once(child, 'exit')
      if (isOver) return
      await new Promise(resolve => setTimeout(resolve, againMs))
      if (!isOver) child = start()
    }
  }
  const keeping = keep()
  await untilReady(bin, port, child)
  const stop = async () => {
    isOver = true
    child.kill('SIGINT')
    await keeping
    remove()
  }
  return { url, stop, pidFile: join(data, 'postmaster.pid') }
}

async function untilReady(bin, port, child) {
  for (let tries = 0; tries < 200; tries += 1) {
    const asked = spawnSync(join(bin, 'pg_isready'), ['-q', '-h', '127.0.0.1', '-p', `${port}`])
    if (asked.status === 0) return
    if (child.exitCode !== null) break
    await new Promise(resolve => setTimeout(resolve, 50))
  }
  throw new Error('PostgreSQL did not start')
}
