import type { Engine } from '@chartseal/core/engine'
import { type Contender, inProcess } from '../measure.js'
import { easy, easyRange, hitText, unreachable } from './nonce-loop.js'

export function engineMiner(name: string, engine: Engine, prefix: Uint8Array): Contender {
  const search = (target: Uint8Array, count: number): string => {
    const hit = engine.searchNonce({ prefix, target, from: 0n, count })
    return hit === null ? 'none' : hitText(hit.nonce, hit.hash)
  }
  return inProcess(
    name,
    () => Buffer.from(search(easy, easyRange)),
    amount => search(unreachable, amount),
  )
}
