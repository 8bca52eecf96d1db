/** GF(256) without randomness and without new memory. */
import { createJsEngine, createWasmEngine, type Engine } from '@chartseal/core/engine'
import { type Case, type Contender, inProcess } from '../measure.js'
import { pattern } from '../pattern.js'
import { engineKernel, nativeKernel } from '../peers/gf-kernels.js'

const mebibyte = 1_048_576
const sizes = [
  ['32 B', 32],
  ['1 KiB', 1024],
  ['1 MiB', mebibyte],
] as const

const factor = 0xa7

export const field = async (): Promise<readonly Case[]> => [kernelCase(), ...sizes.map(multiplyCase)]

function kernelCase(): Case {
  return {
    id: 'gf-kernel-5-10',
    title: 'GF(256), 1 MiB, t=5 n=10 from given coefficients into given memory, MB of secret',
    unit: 'MB/s',
    perUnit: mebibyte / 1e6,
    contenders: [
      engineKernel('WASM engine', createWasmEngine(), mebibyte),
      engineKernel('JS engine', createJsEngine(), mebibyte),
      nativeKernel(mebibyte),
    ],
  }
}

function multiplyCase([label, size]: readonly [string, number]): Case {
  return {
    id: `gf-multiply-${size}`,
    title: `GF(256) multiply and accumulate, ${label}`,
    unit: 'MB/s',
    perUnit: size / 1e6,
    contenders: [
      multiplier('WASM engine', createWasmEngine(), size),
      multiplier('WASM engine without SIMD', createWasmEngine({ simd: false }), size),
      multiplier('JS engine', createJsEngine(), size),
    ],
  }
}

function multiplier(name: string, engine: Engine, size: number): Contender {
  const input = pattern(size)
  const accumulator = pattern(size)
  return inProcess(
    name,
    () => {
      const fresh = pattern(size)
      engine.gfMultiplyAccumulate(fresh, input, factor)
      return fresh
    },
    amount => {
      for (let i = 0; i < amount; i++) engine.gfMultiplyAccumulate(accumulator, input, factor)
    },
  )
}
