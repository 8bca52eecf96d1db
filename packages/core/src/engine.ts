/** SHA-256, proof of work and GF(256) as a value: WebAssembly, and JavaScript where that is not allowed. */
import { engineError } from './engine/errors.js'
import { makeJsEngine } from './engine/js.js'
import type { Engine } from './engine/types.js'
import { makeWasmEngine } from './engine/wasm.js'
import { adoptModule, loadWasm } from './engine/wasm-module.js'

export type {
  Engine,
  GfCoefficients,
  NonceHit,
  NonceSearch,
  RandomCoefficients,
  Sha256,
} from './engine/types.js'

/** The engine in JavaScript, which works everywhere. */
export function createJsEngine(): Engine {
  return makeJsEngine(null)
}

export { type EngineErrors, engineError, type UnavailableReason } from './engine/errors.js'

export interface WasmOptions {
  /** `true` for the build with 128-bit SIMD, `false` for that without; the default is what this place can do. */
  readonly simd?: boolean
  /** The `module` of another engine, from this thread or another: nothing is compiled, and `simd` is its own. */
  readonly module?: object
  /**
   * Searches eight nonces at once, in two groups of lanes that V8's revectorizer joins. Without that option of the
   * process (docs/spec/engine.md) it is slower than the default, and so never chosen by itself.
   */
  readonly turbo?: boolean
}

/**
 * The engine in WebAssembly, with memory of its own.
 * @throws ChartsealError `engine/unavailable`
 * @throws TypeError for a module that is not an engine's, and for `turbo` without SIMD
 */
export function createWasmEngine(options: WasmOptions = {}): Engine {
  const { module, simd, turbo = false } = options
  if (turbo && simd === false) throw new TypeError('turbo needs the build with SIMD')
  if (module !== undefined) return makeWasmEngine(adoptModule(module), turbo)
  const load = loadWasm(simd)
  if ('refused' in load) throw engineError('engine/unavailable', load.refused)
  return makeWasmEngine(load, turbo)
}

let shared: Engine | undefined

/**
 * One engine for everybody who passes none: made at the first call and never replaced. It is the WebAssembly
 * one, or the JavaScript one where WebAssembly is absent or forbidden; `fallbackReason` then says why.
 * @throws ChartsealError `engine/unavailable` where WebAssembly is allowed and does not work
 */
export function defaultEngine(): Engine {
  shared ??= makeDefaultEngine()
  return shared
}

function makeDefaultEngine(): Engine {
  const load = loadWasm()
  if ('wasm' in load) return makeWasmEngine(load, false)
  const { reason, detail } = load.refused
  if (reason === 'broken') throw engineError('engine/unavailable', load.refused)
  return makeJsEngine(`WebAssembly is ${reason}: ${detail}`)
}
