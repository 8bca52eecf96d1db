/** SHA-256, proof of work and GF(256) as a value: made in WebAssembly, or in JavaScript where that is refused. */
import { makeJsEngine } from './engine-js.js'
import type { Engine } from './engine-types.js'

export type { Engine, NonceHit, NonceSearch, Sha256 } from './engine-types.js'

/** The engine in JavaScript, which works everywhere. */
export function createJsEngine(): Engine {
  return makeJsEngine(null)
}

let shared: Engine | undefined

/** One engine for everybody who passes none: made at the first call and never replaced. */
export function defaultEngine(): Engine {
  shared ??= createJsEngine()
  return shared
}
