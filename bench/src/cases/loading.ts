import { createJsEngine, createWasmEngine, type Engine } from '@chartseal/core/engine'
import type { Case, Contender } from '../measure.js'

const message = new TextEncoder().encode('abc')

/** Decoding, compiling and instantiating, then one short hash, so that nothing is left for later. */
export const loading: readonly Case[] = [
  {
    title: 'Making an engine and hashing three bytes',
    unit: 'loads/s',
    perUnit: 1,
    contenders: [
      contender('WASM engine', createWasmEngine),
      contender('WASM engine without SIMD', () => createWasmEngine({ simd: false })),
      contender('JS engine', createJsEngine),
    ],
  },
]

function contender(name: string, create: () => Engine): Contender {
  return {
    name,
    answer: () => create().sha256(message),
    run: amount => {
      for (let i = 0; i < amount; i++) create().sha256(message)
    },
  }
}
