import { encodeUtf8 } from '@chartseal/core/encoding'
import { createJsEngine, createWasmEngine, defaultEngine, type Engine } from '@chartseal/core/engine'
import { type Contender, inProcess, type Skipped } from '../measure.js'
import { easy, easyRange, hitText, unreachable } from './nonce-loop.js'

export type EngineName = 'WASM engine' | 'WASM engine without SIMD' | 'JS engine'

const engines: Readonly<Record<EngineName, () => Engine>> = {
  'WASM engine': () => createWasmEngine(),
  'WASM engine without SIMD': () => createWasmEngine({ simd: false }),
  'JS engine': createJsEngine,
}

export const engineNames: readonly EngineName[] = ['WASM engine', 'WASM engine without SIMD', 'JS engine']

/** A contender on the engine of that name, or why a page has no such engine. */
export function onEngine(
  engineName: EngineName,
  make: (name: string, engine: Engine) => Contender,
  name: string = engineName,
): Contender | Skipped {
  const engine = engineOrReason(engineName)
  return typeof engine === 'string' ? { name, skipped: engine } : make(name, engine)
}

/** @throws ChartsealError `engine/unavailable` where WebAssembly is allowed and does not work */
export function engineOrReason(name: EngineName): Engine | string {
  const refused = name === 'JS engine' ? null : defaultEngine().fallbackReason
  return refused ?? engines[name]()
}

export function engineMiner(name: string, engine: Engine, prefix: Uint8Array): Contender {
  const search = (target: Uint8Array, count: number): string => {
    const hit = engine.searchNonce({ prefix, target, from: 0n, count })
    return hit === null ? 'none' : hitText(hit.nonce, hit.hash)
  }
  return inProcess(
    name,
    () => encodeUtf8(search(easy, easyRange)),
    amount => search(unreachable, amount),
  )
}
