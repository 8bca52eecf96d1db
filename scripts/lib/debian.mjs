/** Packages of Debian, for checks that need a program which a machine may lack. Only CI, as root, installs any. */
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const limitMs = 480_000
const lists = '/var/lib/apt/lists'

// A mirror that does not answer is given up, another apt is waited for, and nobody is asked anything.
const options = [
  ...['-q', '-y', '-o', 'Acquire::Retries=2', '-o', 'Acquire::http::Timeout=20'],
  ...['-o', 'Acquire::https::Timeout=20', '-o', 'DPkg::Lock::Timeout=60'],
  ...['-o', 'Dpkg::Options::=--force-confdef', '-o', 'Dpkg::Options::=--force-confold'],
]
// With run level 1 invoke-rc.d starts nothing; messages are those that are read below.
const settings = { DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1', LC_ALL: 'C' }

// Checks that run at once install one after another: of the lists, apt waits for nobody.
const inTurn = ['flock', '--wait', '240', join(tmpdir(), 'chartseal-apt.lock')]

/** `null` when it did what it should, or its first complaint. */
function apt(command, ...args) {
  const [first, ...rest] = [...(existsSync('/usr/bin/flock') ? inTurn : []), 'apt-get']
  const { status, error, stderr } = spawnSync(first, [...rest, command, ...options, ...args], {
    env: { ...process.env, ...settings },
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
    timeout: limitMs,
  })
  if (status === 0) return null
  const complaint = /^E: .*/m.exec(stderr ?? '')?.[0]
  return complaint ?? error?.message ?? `apt-get ${command} ended with ${status}`
}

const hasLists = () => existsSync(lists) && readdirSync(lists).some(name => name.includes('_Packages'))

/** `null` when it is installed, or why it is not. */
function install(name) {
  if (process.getuid?.() !== 0) return 'only root can install it'
  if (!existsSync('/usr/bin/apt-get')) return 'there is no apt-get'
  const wanted = ['--no-install-recommends', name]
  if (hasLists() && apt('install', ...wanted) === null) return null
  // An image has no lists, or old ones, whose packages the mirrors have no more. Offline it is the install that says so.
  const update = apt('update')
  const refusal = apt('install', ...wanted)
  return refusal === null || update === null ? refusal : `${update}; ${refusal}`
}

/**
 * What `find` gives, after the package `name` was installed where it may be: `{ found }`, or `{ found: null, reason }`.
 */
export function provide(name, find) {
  const found = find()
  if (found !== null) return { found, reason: '' }
  const refusal = process.env.CI === undefined ? 'only CI installs it' : install(name)
  const reason = `there is no ${name}: ${refusal ?? 'its package does not bring it'}`
  const installed = find()
  return installed === null ? { found: null, reason } : { found: installed, reason: '' }
}
