/** What is timed: the arithmetic on bytes of secrets and shares, on each engine, and one that leaks on purpose. */
import { createJsEngine, createWasmEngine, type Engine } from '@chartseal/core/engine'

export interface Subject {
  readonly name: string
  /** Whether it is there to show that this instrument finds something. */
  readonly leaks: boolean
  /** Bytes of the secret. */
  readonly secretBytes: number
  run(secret: Uint8Array): void
}

const secretBytes = 1_024
const xs = [1, 2, 3]
/** Lagrange's weights for the shares 1 and 2. */
const weights = [0xf7, 0xf6]

function subjectsOf(name: string, engine: Engine): readonly Subject[] {
  const bytes = (): Uint8Array => new Uint8Array(secretBytes)
  const [coefficient, other, output, accumulator] = [bytes(), bytes().fill(0x5a), bytes(), bytes()]
  coefficient.fill(0xc3)
  const outputs = xs.map(bytes)
  const subject = (what: string, run: (secret: Uint8Array) => void): Subject => ({
    name: `${what}, ${name}`,
    leaks: false,
    secretBytes,
    run,
  })
  return [
    subject('split', secret => engine.gfSplit(secret, [coefficient], xs, outputs)),
    subject('combine', secret => engine.gfCombine([secret, other], weights, output)),
    subject('multiply by a constant', secret => engine.gfMultiplyAccumulate(accumulator, secret, 0x9d)),
    subject('multiply by the secret', secret =>
      engine.gfMultiplyAccumulate(accumulator, other, secret[0] ?? 0),
    ),
  ]
}

/** What a textbook has: tables of logarithms, and a branch for zero. */
function leaking(): Subject {
  const [exponents, logarithms] = [new Uint8Array(510), new Uint8Array(256)]
  for (let exponent = 0, power = 1; exponent < 255; exponent++) {
    exponents[exponent] = power
    exponents[exponent + 255] = power
    logarithms[power] = exponent
    const doubled = power << 1
    power ^= doubled > 255 ? doubled ^ 0x11b : doubled
  }
  const output = new Uint8Array(secretBytes)
  const logarithm = logarithms[0x9d] ?? 0
  return {
    name: 'tables of logarithms, which leak on purpose',
    leaks: true,
    secretBytes,
    run(secret) {
      for (let i = 0; i < secret.length; i++) {
        const byte = secret[i] ?? 0
        if (byte !== 0) output[i] = (output[i] ?? 0) ^ (exponents[(logarithms[byte] ?? 0) + logarithm] ?? 0)
      }
    },
  }
}

export const subjects = (): readonly Subject[] => [
  leaking(),
  ...subjectsOf('JavaScript', createJsEngine()),
  ...subjectsOf('WebAssembly', createWasmEngine({ simd: false })),
  ...subjectsOf('WebAssembly with SIMD', createWasmEngine({ simd: true })),
]
