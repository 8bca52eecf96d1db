/** `npm run pack -- FOLDER`: a tarball of each package, as it would be published. */
import { mkdirSync } from 'node:fs'
import { resolve } from 'node:path'
import { readHome } from './lib/home.mjs'
import { pack, publishable } from './lib/tarballs.mjs'

const [target] = process.argv.slice(2)
if (target === undefined) {
  process.stderr.write('usage: npm run pack -- FOLDER\n')
  process.exitCode = 2
} else {
  const folder = resolve(process.env.INIT_CWD ?? '.', target)
  mkdirSync(folder, { recursive: true })
  for (const workspace of publishable()) {
    const tarball = await pack(workspace, folder, readHome())
    if (tarball === null) process.exitCode = 1
    else process.stdout.write(`${tarball}\n`)
  }
}
