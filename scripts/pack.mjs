/**
 * `npm run pack -- FOLDER`: a tarball of each package, as it would be published, and beside those of programs the bill of what
 * they are made of, which is inside too.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { readHome } from './lib/home.mjs'
import { sbomName } from './lib/sbom.mjs'
import { pack, publishable, tarballText } from './lib/tarballs.mjs'

const [target] = process.argv.slice(2)
if (target === undefined) {
  process.stderr.write('usage: npm run pack -- FOLDER\n')
  process.exitCode = 2
} else {
  const folder = resolve(process.env.INIT_CWD ?? '.', target)
  mkdirSync(folder, { recursive: true })
  for (const workspace of publishable()) {
    const { bin, version } = workspace.manifest
    const tarball = await pack(workspace, folder, { home: readHome(), version })
    if (tarball === null) process.exitCode = 1
    else process.stdout.write(`${tarball}\n`)
    if (tarball !== null && bin !== undefined)
      writeFileSync(tarball.replace(/\.tgz$/, '.cdx.json'), tarballText(tarball, sbomName))
  }
}
