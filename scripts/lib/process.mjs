/** Child processes of the launcher and of the gate. */
import { spawn, spawnSync } from 'node:child_process'
import { delimiter, dirname } from 'node:path'
import { root } from './workspace.mjs'

const onWindows = process.platform === 'win32'
export const pnpmVersion = '12.21.0'

/** This environment, with the running Node first on the PATH, so that every child uses the same one. */
export const childEnv = (extra = {}) => ({
  ...process.env,
  PATH: `${dirname(process.execPath)}${delimiter}${process.env.PATH ?? ''}`,
  TURBO_TELEMETRY_DISABLED: '1',
  DO_NOT_TRACK: '1',
  CHARTSEAL_NODE: process.version,
  ...extra,
})

let pnpmCommand

/** pnpm 12 from the PATH, otherwise through npx, which asks the network only when its cache is empty. */
export function pnpm() {
  if (pnpmCommand === undefined) {
    const found = spawnSync('pnpm', ['--version'], {
      encoding: 'utf8',
      shell: onWindows,
      stdio: 'pipe',
      cwd: root,
    })
    const usable = found.status === 0 && found.stdout.startsWith('12.')
    pnpmCommand = usable ? ['pnpm'] : ['npx', '--prefer-offline', '-y', `pnpm@${pnpmVersion}`]
  }
  return pnpmCommand
}

/** Milliseconds until CI must have reported; `undefined` where nothing presses. */
export function timeLeftMs() {
  const { CHARTSEAL_DEADLINE_MS: deadline } = process.env
  return deadline === undefined ? undefined : Math.max(1, Number(deadline) - Date.now())
}

// A child that hangs in CI is ended with all that it started, so that the gate still reports.
const graceMs = 5000

function endGroup(pid) {
  for (const signal of ['SIGTERM', 'SIGKILL']) {
    try {
      process.kill(-pid, signal)
    } catch {
      return // Nobody is left.
    }
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, graceMs)
  }
}

/** Runs to the end; the exit code, 1 for a child that a signal ended or that did not start. */
export function run(command, args, options = {}) {
  const timeout = options.timeout ?? timeLeftMs()
  const { pid, status, error } = spawnSync(command, args, {
    cwd: root,
    env: childEnv(),
    stdio: ['ignore', 2, 2],
    shell: onWindows,
    ...options,
    timeout,
    detached: timeout !== undefined,
  })
  if (error?.code === 'ETIMEDOUT' && !onWindows) endGroup(pid)
  if (error) process.stderr.write(`${command} ${args.slice(0, 4).join(' ')}: ${error.message}\n`)
  return status ?? 1
}

export const runPnpm = (args, options) => run(pnpm()[0], [...pnpm().slice(1), ...args], options)

/** As much as is kept of what a child said last. */
const keptBytes = 65_536

/** The last lines of these pieces of output, of which paths begin at the root of the repository. */
export function lastLines(pieces, count) {
  const lines = Buffer.concat(pieces).toString().slice(-keptBytes).replaceAll(root, '').split(/\r?\n/)
  return lines.filter(line => line.trim() !== '').slice(-count)
}

/** As {@link run}; `said` is given what the child says, piece by piece. */
export async function runHeard(command, args, said, options = {}) {
  const { cwd = root, env = childEnv(), timeout = timeLeftMs() } = options
  const isTimed = timeout !== undefined
  const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], detached: isTimed })
  const hear = bytes => said.push(bytes)
  for (const stream of [child.stdout, child.stderr]) stream.on('data', hear)
  const isOver = () => {
    hear(Buffer.from(`${command} ${args.slice(0, 4).join(' ')}: had not ended when CI must report\n`))
    endGroup(child.pid)
  }
  const timer = isTimed ? setTimeout(isOver, timeout) : undefined
  const [code, reason] = await new Promise(resolve => {
    child.once('error', ({ message }) => resolve([1, message]))
    // What it started and left behind may hold its output open.
    child.once('exit', status => setTimeout(resolve, leftMs, [status ?? 1]))
    child.once('close', status => resolve([status ?? 1]))
  })
  clearTimeout(timer)
  if (reason !== undefined) hear(Buffer.from(`${command} did not start: ${reason}\n`))
  return code
}

/** So many at once, the first ones first: where one waits, the others have the cores. */
export async function atOnce(count, waiting) {
  const left = [...waiting]
  const row = async () => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) await next()
  }
  await Promise.all(Array.from({ length: count }, row))
}

const leftMs = 2_000

/**
 * Becomes the child as far as a process can: it inherits the standard streams, gets our signals, and its
 * exit code or signal is ours.
 */
export function become(command, args, env = childEnv()) {
  const child = spawn(command, args, { stdio: 'inherit', env, cwd: root })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    // A terminal sends its interrupt to parent and child alike: once is enough.
    const forward = () => (signal === 'SIGINT' && process.stdin.isTTY ? undefined : child.kill(signal))
    process.on(signal, forward)
  }
  child.on('error', error => {
    process.stderr.write(`${command} did not start: ${error.message}\n`)
    process.exitCode = 1
  })
  child.on('exit', (code, signal) => {
    if (signal === null) process.exitCode = code
    else {
      process.removeAllListeners(signal)
      process.kill(process.pid, signal)
    }
  })
}
