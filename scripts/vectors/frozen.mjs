/** Writes a file of vectors, or with `--check` fails unless it holds just that. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../lib/workspace.mjs'

export function freeze(name, description, cases) {
  const path = join(root, 'vectors/own', `${name}.json`)
  const text = `${JSON.stringify({ source: 'made by this build, then frozen', description, cases }, null, 2)}\n`
  if (!process.argv.includes('--check')) writeFileSync(path, text)
  else if (readFileSync(path, 'utf8') !== text) {
    process.stderr.write(`vectors/own/${name}.json differs from what this build makes\n`)
    process.exitCode = 1
  }
}
