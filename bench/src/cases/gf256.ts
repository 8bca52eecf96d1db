import { createJsEngine, createWasmEngine, type Engine } from '@chartseal/core/engine'
import type { Case, Contender } from '../measure.js'
import { pattern } from '../pattern.js'

type MultiplyAccumulate = Engine['gfMultiplyAccumulate']

const sizes = [
  ['32 B', 32],
  ['1 KiB', 1024],
  ['1 MiB', 1_048_576],
] as const

const factor = 0xa7

export const field: readonly Case[] = sizes.map(([label, size]) => {
  const input = pattern(size)
  const contender = (name: string, multiplyAccumulate: MultiplyAccumulate): Contender => {
    const accumulator = pattern(size)
    return {
      name,
      answer: () => {
        const fresh = pattern(size)
        multiplyAccumulate(fresh, input, factor)
        return fresh
      },
      run: amount => {
        for (let i = 0; i < amount; i++) multiplyAccumulate(accumulator, input, factor)
      },
    }
  }
  return {
    title: `GF(256) multiply and accumulate, ${label}`,
    unit: 'MB/s',
    perUnit: size / 1e6,
    contenders: [
      contender('WASM engine', createWasmEngine().gfMultiplyAccumulate),
      contender('WASM engine without SIMD', createWasmEngine({ simd: false }).gfMultiplyAccumulate),
      contender('JS engine', createJsEngine().gfMultiplyAccumulate),
      contender('log and exp tables, which secrets index', withTables()),
    ],
  }
})

/** What simple libraries do: fast, and the cache sees the secret. */
function withTables(): MultiplyAccumulate {
  const log = new Uint8Array(256)
  const exp = new Uint8Array(510)
  for (let i = 0, power = 1; i < 255; i++) {
    exp[i] = power
    exp[i + 255] = power
    log[power] = i
    power ^= (power << 1) ^ (power & 0x80 ? 0x11b : 0)
  }
  return (accumulator, input, by) => {
    const shift = log[by] ?? 0
    for (let i = 0; i < input.length; i++) {
      const value = input[i] ?? 0
      if (value !== 0 && by !== 0)
        accumulator[i] = (accumulator[i] ?? 0) ^ (exp[(log[value] ?? 0) + shift] ?? 0)
    }
  }
}
