/** Shares from given coefficients, into memory that is there: what is left of a split without its surroundings. */
import type { Engine } from '@chartseal/core/engine'
import { type Contender, inProcess, type Skipped } from '../measure.js'
import { pattern } from '../pattern.js'
import { startLineProcess } from './line-process.js'
import { compileNative } from './native.js'

const threshold = 5
const numShares = 10
const answerSize = 192

/** The secret, then the coefficients, lowest first. */
const inputsOf = (size: number): readonly Uint8Array[] =>
  Array.from({ length: threshold }, (_, k) => pattern(size * (k + 1)).slice(-size))

export function engineKernel(name: string, engine: Engine, size: number): Contender {
  const inputs = inputsOf(size)
  const shares = Array.from({ length: numShares }, () => new Uint8Array(size))
  return inProcess(
    name,
    () => {
      const outputs = Array.from({ length: numShares }, () => new Uint8Array(answerSize))
      evaluate(engine, inputsOf(answerSize), outputs)
      return Buffer.concat(outputs)
    },
    amount => {
      for (let i = 0; i < amount; i++) evaluate(engine, inputs, shares)
    },
  )
}

function evaluate(engine: Engine, inputs: readonly Uint8Array[], outputs: readonly Uint8Array[]): void {
  const [secret = new Uint8Array(), ...coefficients] = inputs
  const xs = outputs.map((_, i) => i + 1)
  engine.gfSplit(secret, coefficients, xs, outputs)
}

export function nativeKernel(size: number): Contender | Skipped {
  const name = 'C, GFNI, AVX-512'
  const flags = ['-mgfni', '-mavx512f', '-mavx512bw']
  const native = compileNative('gf256', ['gfni', 'avx512f', 'avx512bw'], flags)
  if ('skipped' in native) return { name, ...native }
  const args = [threshold, numShares].map(String)
  const { work, close } = startLineProcess(native.path, [`${size}`, ...args])
  return { name, answer: () => nativeAnswer(native.path, args), work, close }
}

async function nativeAnswer(path: string, args: readonly string[]): Promise<Uint8Array> {
  const { ask, close } = startLineProcess(path, [`${answerSize}`, ...args])
  const inputs = Buffer.concat(inputsOf(answerSize)).toString('hex')
  const shares = Buffer.from(await ask(`answer ${inputs}`), 'hex')
  close()
  return shares
}
