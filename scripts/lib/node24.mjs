/** Nodes beside the running one, from npm; their preinstall script is why no manifest names them. */
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { run } from './process.mjs'
import { cacheFolder } from './workspace.mjs'

/** The path of the newest Node `major` that npm has, installed on first use; `null` when that failed. */
export function nodeOf(major) {
  const prefix = join(cacheFolder, `node${major}`)
  const bin = join(prefix, 'node_modules/node/bin/node')
  if (existsSync(bin)) return bin
  mkdirSync(prefix, { recursive: true })
  const quiet = ['--no-audit', '--no-fund', '--loglevel=error', '--prefer-offline']
  return run('npm', ['install', ...quiet, '--prefix', prefix, `node@${major}`]) === 0 ? bin : null
}

export const node24 = () => nodeOf(24)
