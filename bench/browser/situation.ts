/**
 * The ways in which this page is served (server.mjs has their headers), and what a page may then do. Vectors and
 * contenders are checked with and without WebAssembly; the other two pages differ in what workers may do.
 */
export type CheckName = 'engines' | 'workers' | 'round trips' | 'vectors' | 'contenders'

export interface Situation {
  readonly name: string
  readonly wasm: boolean
  readonly workers: 'by shared memory' | 'by messages' | 'refused'
  readonly checks: readonly CheckName[]
}

const all: readonly CheckName[] = ['engines', 'workers', 'round trips', 'vectors', 'contenders']
const some: readonly CheckName[] = ['engines', 'workers']

const situations: readonly Situation[] = [
  { name: 'isolated', wasm: true, workers: 'by shared memory', checks: all },
  { name: 'plain', wasm: true, workers: 'by messages', checks: some },
  { name: 'no-wasm', wasm: false, workers: 'by shared memory', checks: all },
  { name: 'no-workers', wasm: true, workers: 'refused', checks: some },
]

/** By the folder that the page is in. */
export function situationOf(path: string): Situation {
  const name = path.split('/')[1]
  const found = situations.find(one => one.name === name)
  if (found === undefined) throw new Error(`the server has no folder ${name}`)
  return found
}
