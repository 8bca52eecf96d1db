/** Programs of others that checks talk to, from npm: installed on first use beside the workspace, never into it. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { run } from './process.mjs'
import { cacheFolder } from './workspace.mjs'

/**
 * The folder that has these packages in its node_modules; `null` when npm did not get them. No script of theirs runs.
 * `overrides`: versions of what they depend on.
 */
export function npmPeer(name, packages, overrides = {}) {
  const folder = join(cacheFolder, name)
  const stamp = join(folder, 'packages.json')
  const wanted = JSON.stringify([packages, overrides])
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return folder
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, overrides }))
  const quiet = ['--no-audit', '--no-fund', '--loglevel=error', '--prefer-offline', '--ignore-scripts']
  if (run('npm', ['install', ...quiet, '--prefix', folder, ...packages]) !== 0) return null
  writeFileSync(stamp, wanted)
  return folder
}
