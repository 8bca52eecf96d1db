/** Writes a file of vectors, or with `--check` fails unless it holds just that. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../lib/workspace.mjs'

const pathOf = name => join(root, 'vectors/own', `${name}.json`)
export const frozen = name => JSON.parse(readFileSync(pathOf(name), 'utf8'))

/** As wide as it was frozen. */
function indentOf(name) {
  const width = existsSync(pathOf(name))
    ? /^ */m.exec(readFileSync(pathOf(name), 'utf8').slice(2))[0].length
    : 2
  return width || 2
}

function write(name, document) {
  const text = `${JSON.stringify(document, null, indentOf(name))}\n`
  if (!process.argv.includes('--check')) writeFileSync(pathOf(name), text)
  else if (readFileSync(pathOf(name), 'utf8') !== text) {
    process.stderr.write(`vectors/own/${name}.json differs from what this build makes\n`)
    process.exitCode = 1
  }
}

export const freeze = (name, description, cases) =>
  write(name, { source: 'made by this build, then frozen', description, cases })

/** The cases that are taken stay as they are frozen; behind them come these, which are refused. */
export function freezeRefusals(name, refused) {
  const { cases, ...head } = frozen(name)
  write(name, { ...head, cases: [...cases.filter(one => !('refused' in one)), ...refused] })
}
