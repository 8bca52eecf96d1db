import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

/**
 * The word list of SLIP-0039, or `null` without it. It is read as text out of the package `slip39`, whose
 * code is not run, as it extends built-in prototypes. What is read is compared by its hash wherever it is used
 * (`@chartseal/shamir/slip39`).
 */
export function slip39Words(): readonly string[] | null {
  try {
    const file = createRequire(import.meta.url).resolve('slip39/src/slip39_helper.js')
    const text = readFileSync(file, 'utf8')
    const [, list = ''] = /const WORD_LIST = \[([^\]]*)\]/.exec(text) ?? []
    const words = [...list.matchAll(/"([a-z]+)"/g)].flatMap(([, word]) => (word === undefined ? [] : [word]))
    return words.length === 0 ? null : words
  } catch {
    return null
  }
}
