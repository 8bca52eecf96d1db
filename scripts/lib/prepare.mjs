/** Install and build, each only when something changed. Neither reads stdin nor writes to stdout. */
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { childEnv, pnpmVersion, runPnpm } from './process.mjs'
import { contentStamp, isCurrent, keepStamp, statStamp } from './stamp.mjs'
import { cacheFolder, filesBelow, root, workspaces } from './workspace.mjs'

class PrepareError extends Error {}

const inRoot = names => names.map(name => join(root, name))

const installStamp = () =>
  contentStamp([
    ...inRoot(['package.json', 'pnpm-lock.yaml', 'pnpm-workspace.yaml']),
    ...workspaces().map(workspace => join(workspace.path, 'package.json')),
  ])

// The outputs are part of the stamp: a deleted or edited dist is built again.
const buildStamp = () =>
  statStamp([
    ...inRoot(['tsconfig.base.json', 'turbo.json', 'pnpm-lock.yaml']),
    ...workspaces().flatMap(({ path }) => filesBelow(path, ['node_modules', 'coverage', '.turbo', 'test'])),
  ])

const hints = {
  install: ` After a change of a package.json: npx -y pnpm@${pnpmVersion} install, and commit pnpm-lock.yaml.`,
}

/** One line for a step that goes well; all that pnpm said about one that does not. */
function quietly(title, name, args) {
  process.stderr.write(`${title}\n`)
  const log = join(cacheFolder, `chartseal-${name}.log`)
  const file = openSync(log, 'w')
  const code = runPnpm(args, { env: childEnv({ CI: 'true' }), stdio: ['ignore', file, file] })
  closeSync(file)
  if (code === 0) return
  process.stderr.write(readFileSync(log, 'utf8'))
  throw new PrepareError(
    `The ${name} failed with exit code ${code}. What pnpm said is above.${hints[name] ?? ''}`,
  )
}

function install() {
  const stamp = installStamp()
  if (existsSync(join(root, 'node_modules/.modules.yaml')) && isCurrent('install', stamp)) return
  const isFirst = !existsSync(join(root, 'node_modules/.modules.yaml'))
  const args = ['install', '--frozen-lockfile', '--prefer-offline', '--reporter=append-only']
  quietly(
    `Installing what the lockfile names${isFirst ? '; the first time takes a minute' : ''}`,
    'install',
    args,
  )
  keepStamp('install', stamp)
}

function build() {
  if (isCurrent('build', buildStamp())) return
  const args = ['exec', 'turbo', 'run', 'build', '--output-logs=errors-only', '--log-order=grouped']
  quietly('Building', 'build', args)
  keepStamp('build', buildStamp())
}

const lockFile = join(cacheFolder, 'chartseal-run.lock')

const isAlive = pid => {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}

function tryLock() {
  try {
    writeFileSync(lockFile, `${process.pid}`, { flag: 'wx' })
    return true
  } catch {
    const owner = existsSync(lockFile) ? Number(readFileSync(lockFile, 'utf8')) : 0
    if (owner !== 0 && !isAlive(owner)) rmSync(lockFile, { force: true })
    return false
  }
}

/** Two commands started at once (a conference's host and guest) must not build into each other. */
function withLock(work) {
  mkdirSync(cacheFolder, { recursive: true })
  while (!tryLock()) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100)
  try {
    work()
  } finally {
    rmSync(lockFile, { force: true })
  }
}

/** Does both when needed, or only installs; `false`, with the reason on stderr, when that failed. */
export function prepare({ installOnly }) {
  try {
    withLock(() => {
      install()
      if (!installOnly) build()
    })
    return true
  } catch (error) {
    if (!(error instanceof PrepareError)) throw error
    process.stderr.write(`${error.message}\n`)
    return false
  }
}
