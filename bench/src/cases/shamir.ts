/** Splitting and combining end to end: randomness, memory for the results, all checks. */
import type { Engine } from '@chartseal/core/engine'
import { systemRandom } from '@chartseal/core/system'
import { combineShares, splitSecret } from '@chartseal/shamir'
import { combine, type Share, split } from '@chartseal/shamir/v1'
import { combine as privyCombine, split as privySplit } from 'shamir-secret-sharing'
import { type Case, type Contender, inProcess, type Skipped } from '../measure.js'
import { pattern } from '../pattern.js'
import { type EngineName, onEngine } from '../peers/engine.js'
import { splitByArrays, splitByBytes, type TableSplit } from '../peers/table-shamir.js'

interface Shape {
  readonly threshold: number
  readonly numShares: number
  readonly size: number
}

export const mebibyte = 1_048_576
export const schemes = [
  { threshold: 2, numShares: 3 },
  { threshold: 5, numShares: 10 },
] as const

export const shamir = async (): Promise<readonly Case[]> => [
  ...schemes.map(scheme => splitCase({ ...scheme, size: mebibyte }, '1 MiB', [])),
  ...schemes.map(scheme => {
    const shape = { ...scheme, size: 16_384 }
    return splitCase(shape, '16 KiB', [privySplitter(shape)])
  }),
  ...schemes.map(scheme => combineCase({ ...scheme, size: mebibyte })),
  keyCase('split-key', 'v1: no set id, digest or metadata', splitters(keyShape)),
  keyCase(
    'split-envelopes',
    'v2: set id, digest, commitments and drill keys',
    ours((name, engine) => envelopeSplitter(name, engine, keyShape)),
  ),
]

const engineNames: readonly EngineName[] = ['WASM engine', 'JS engine']

export const names = ({ threshold, numShares }: Omit<Shape, 'size'>): string =>
  `t=${threshold} n=${numShares}`

/** A MiB would take shamir-secret-sharing seconds for each sample: it is compared at 16 KiB. */
function splitCase(shape: Shape, label: string, others: readonly Contender[]): Case {
  return {
    id: `split-${shape.size}-${shape.threshold}-${shape.numShares}`,
    title: `Shamir split, ${label}, ${names(shape)}, end to end`,
    unit: 'MB/s',
    perUnit: shape.size / 1e6,
    contenders: [...splitters(shape), ...others],
  }
}

const keyShape: Shape = { threshold: 2, numShares: 3, size: 32 }

/** @param contenders beside shamir-secret-sharing */
const keyCase = (id: string, format: string, contenders: Case['contenders']): Case => ({
  id,
  title: `Shamir split of 32 bytes, 2 of 3, format ${format}`,
  unit: 'splits/s',
  perUnit: 1,
  contenders: [...contenders, privySplitter(keyShape)],
})

const ours = (make: (name: string, engine: Engine) => Contender): readonly (Contender | Skipped)[] =>
  engineNames.map(name => onEngine(name, make, `@chartseal/shamir, ${name}`))

const splitters = (shape: Shape): readonly (Contender | Skipped)[] => [
  ...ours((name, engine) => ourSplitter(name, engine, shape, false)),
  ...ours((name, engine) => ourSplitter(`${name}, given memory`, engine, shape, true)),
  ...[false, true].flatMap(givesMemory => [
    tableSplitter('array by array', splitByArrays, shape, givesMemory),
    tableSplitter('byte by byte', splitByBytes, shape, givesMemory),
  ]),
]

export const newArrays = (count: number, size: number): readonly Uint8Array<ArrayBuffer>[] =>
  Array.from({ length: count }, () => new Uint8Array(size))

const newMemory = ({ numShares, size }: Shape): readonly Uint8Array<ArrayBuffer>[] =>
  newArrays(numShares, size)

/** The answer is what the last shares give together: the secret. */
function ourSplitter(name: string, engine: Engine, shape: Shape, givesMemory: boolean): Contender {
  const { threshold, numShares, size } = shape
  const secret = pattern(size)
  const given = givesMemory ? { outputs: newMemory(shape) } : {}
  const make = (): readonly Share[] => split(secret, { threshold, numShares, engine, ...given })
  return inProcess(
    name,
    () => combine(make().slice(-threshold), { threshold }),
    amount => {
      for (let i = 0; i < amount; i++) make()
    },
  )
}

function envelopeSplitter(name: string, engine: Engine, { size, ...scheme }: Shape): Contender {
  const secret = pattern(size)
  return inProcess(
    name,
    () => combineShares(splitSecret(secret, { ...scheme, engine })).secret,
    amount => {
      for (let i = 0; i < amount; i++) splitSecret(secret, { ...scheme, engine })
    },
  )
}

function tableSplitter(form: string, splitWith: TableSplit, shape: Shape, givesMemory: boolean): Contender {
  const { threshold, size } = shape
  const secret = pattern(size)
  const newCoefficients = (): Uint8Array<ArrayBuffer> => new Uint8Array(size * (threshold - 1))
  const given = givesMemory ? { coefficients: newCoefficients(), outputs: newMemory(shape) } : null
  const make = (): readonly Share[] => {
    const { coefficients, outputs } = given ?? { coefficients: newCoefficients(), outputs: newMemory(shape) }
    systemRandom.fill(coefficients)
    return splitWith(secret, coefficients, outputs)
  }
  return inProcess(
    `JS tables, ${givesMemory ? 'given' : 'new'} memory, ${form}`,
    () => combine(make().slice(-threshold), { threshold }),
    amount => {
      for (let i = 0; i < amount; i++) make()
    },
  )
}

function privySplitter({ threshold, numShares, size }: Shape): Contender {
  const secret = pattern(size)
  return inProcess(
    'shamir-secret-sharing',
    async () => combine((await privySplit(secret, numShares, threshold)).slice(-threshold).map(fromPrivy)),
    async amount => {
      for (let i = 0; i < amount; i++) await privySplit(secret, numShares, threshold)
    },
  )
}

function combineCase(shape: Shape): Case {
  const { threshold, numShares, size } = shape
  const shares = split(pattern(size), { threshold, numShares }).slice(-threshold)
  const combiner = (name: string, engine: Engine, given: { readonly output?: Uint8Array } = {}): Contender =>
    inProcess(
      name,
      () => combine(shares, { threshold, engine, ...given }),
      amount => {
        for (let i = 0; i < amount; i++) combine(shares, { threshold, engine, ...given })
      },
    )
  const output = new Uint8Array(size)
  const theirs = shares.map(toPrivy)
  const privy = inProcess(
    'shamir-secret-sharing',
    () => privyCombine(theirs),
    async amount => {
      for (let i = 0; i < amount; i++) await privyCombine(theirs)
    },
  )
  return {
    id: `combine-${threshold}-${numShares}`,
    title: `Shamir combine, 1 MiB, ${names(shape)}, end to end`,
    unit: 'MB/s',
    perUnit: size / 1e6,
    contenders: [
      ...ours(combiner),
      ...ours((name, engine) => combiner(`${name}, given memory`, engine, { output })),
      privy,
    ],
  }
}

/** There, the last byte of a share is its x. */
function toPrivy({ x, y }: Share): Uint8Array {
  const bytes = new Uint8Array(y.length + 1)
  bytes.set(y)
  bytes[y.length] = x
  return bytes
}

const fromPrivy = (bytes: Uint8Array): Share => ({ x: bytes.at(-1) ?? 0, y: bytes.slice(0, -1) })
