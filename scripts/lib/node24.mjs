/** A Node 24 beside the running one, from npm; its preinstall script is why no manifest names it. */
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { run } from './process.mjs'
import { cacheFolder } from './workspace.mjs'

const prefix = join(cacheFolder, 'node24')
const bin = join(prefix, 'node_modules/node/bin/node')

/** The path of the executable, installed on first use; `null` when that failed. */
export function node24() {
  if (existsSync(bin)) return bin
  mkdirSync(prefix, { recursive: true })
  const quiet = ['--no-audit', '--no-fund', '--loglevel=error', '--prefer-offline']
  return run('npm', ['install', ...quiet, '--prefix', prefix, 'node@24']) === 0 ? bin : null
}
