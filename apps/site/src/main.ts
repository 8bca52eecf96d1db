/** `npm run docs [-- FOLDER]`: builds the documentation site, which is files and nothing else. */
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readReference } from './api.js'
import { figurePages } from './figures.js'
import { mayBeReplaced, writeSite } from './folder.js'
import { Repository } from './repository.js'
import { makeSite } from './site.js'

const root = fileURLToPath(new URL('../../../', import.meta.url))

async function main([name]: readonly string[]): Promise<number> {
  const { INIT_CWD: from = '.' } = process.env
  const folder = name === undefined ? join(root, 'docs-site') : resolve(from, name)
  if (!mayBeReplaced(folder)) {
    process.stderr.write(`${folder} holds other files: name a folder that is new or empty\n`)
    return 2
  }
  const { files, findings } = makeSite(new Repository(root), {
    reference: await readReference(root),
    figures: figurePages(),
  })
  for (const finding of findings) process.stderr.write(`${finding}\n`)
  if (findings.length > 0) {
    process.stderr.write(`${findings.length} findings: nothing was written\n`)
    return 1
  }
  writeSite(folder, files)
  process.stdout.write(`${files.size} files in ${folder}; the first one is index.html\n`)
  return 0
}

process.exitCode = await main(process.argv.slice(2))
