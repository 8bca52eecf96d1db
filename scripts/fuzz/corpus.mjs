/** Seeds: what the project's own vectors hold, by file and field. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../lib/workspace.mjs'

const files = new Map()

function load(path) {
  if (!files.has(path))
    files.set(path, JSON.parse(readFileSync(join(root, 'vectors', `${path}.json`), 'utf8')))
  return files.get(path)
}

/** Every text that stands under one of these names, at any depth. */
function textsUnder(value, names, isNamed = false) {
  if (typeof value === 'string') return isNamed ? [value] : []
  if (Array.isArray(value)) return value.flatMap(part => textsUnder(part, names, isNamed))
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, part]) => textsUnder(part, names, names.includes(name)))
}

/** Longer ones make every try slow and show nothing more. */
const maxLength = 24_000

const shortEnough = text => text.length <= maxLength

/** Texts in a file of vectors, such as `own/wire-v2`, each once. */
export const textsIn = (path, ...names) => [...new Set(textsUnder(load(path), names))].filter(shortEnough)

/** The same, where they are bytes in hexadecimal. */
export const bytesIn = (path, ...names) =>
  textsIn(path, ...names)
    .filter(text => /^([0-9a-f]{2})*$/.test(text))
    .map(hex => Uint8Array.from(Buffer.from(hex, 'hex')))

/** The objects in a file that have all of these fields, at any depth. */
export function objectsIn(path, ...names) {
  const found = []
  const walk = value => {
    if (typeof value !== 'object' || value === null) return
    if (names.every(name => Object.hasOwn(value, name))) found.push(value)
    for (const part of Object.values(value)) walk(part)
  }
  walk(load(path))
  return found
}

export const utf8 = text => Uint8Array.from(Buffer.from(text))
export const hex = text => Uint8Array.from(Buffer.from(text, 'hex'))
export const joined = (...parts) => Uint8Array.from(Buffer.concat(parts))
export const filled = (sizeBytes, byte) => new Uint8Array(sizeBytes).fill(byte)

/** A reader of what only a key can have made: what it takes beside the seeds, somebody has forged. */
export const soleOf = (seeds, read) => input => {
  const answer = read(input)
  const isSeed = () => seeds().some(seed => Buffer.compare(seed, input) === 0)
  if (answer !== false && answer !== null && !isSeed())
    throw new Error('takes what nobody has signed or sealed')
  return answer
}

/**
 * One reader under trial. `read` takes an input, `write` gives back the one spelling of what was read, or
 * `null` where that has none; `seeds` are
 * inputs of which at least one is accepted. @param more `weight`: how often it is tried, 1 unless given; `never`: it refuses
 * nothing; `refusesAll`: nothing that can be made here is accepted
 */
export const target = (name, seeds, read, write, more = {}) => ({
  name,
  seeds,
  read,
  write,
  weight: 1,
  ...more,
})
