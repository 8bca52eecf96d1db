/** Stamps in node_modules/.cache say that a step has nothing to do: no process, no network. */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { cacheFolder, root } from './workspace.mjs'

const digest = parts => {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(`${part.length}:`).update(part)
  return hash.digest('hex')
}

/** A digest of the files' names and contents. */
export const contentStamp = paths =>
  digest(paths.filter(existsSync).flatMap(path => [relative(root, path), readFileSync(path)]))

/** A digest of the files' names, sizes and times: no file is read. */
export const statStamp = paths =>
  digest(
    paths.map(path => {
      const { size, mtimeMs } = statSync(path)
      return `${relative(root, path)} ${size} ${mtimeMs}`
    }),
  )

const stampFile = name => join(cacheFolder, `chartseal-${name}.stamp`)

export const isCurrent = (name, stamp) =>
  existsSync(stampFile(name)) && readFileSync(stampFile(name), 'utf8') === stamp

export function keepStamp(name, stamp) {
  mkdirSync(cacheFolder, { recursive: true })
  writeFileSync(stampFile(name), stamp)
}
