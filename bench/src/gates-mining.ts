/** Gates of proof of work. */
import { type Gate, half, type Limits } from './gate.js'
import type { Figure, Lookup } from './lookup.js'
import { turboName } from './peers/process-miners.js'

const wasm = 'WASM engine'
const quiet = 0.3

/** Ratios to the best mode of each competitor; musts and aims for 0 and for 25 records. */
const miners: readonly (readonly [string, Limits, Limits])[] = [
  ['hash-wasm', [10, 14], [13, 19]],
  ['@chainsafe/as-sha256', [12, 15], [80, 105]],
  ['@noble/hashes', [6, 8], [7, 10]],
  ['node:crypto', [4.5, 10], [9, 16]],
  ['Python', [4.5, 6], [4.5, 6]],
  // WebAssembly has no instructions for SHA: what it can lose stands against C in vectors of its size, below.
  ['C, SHA-NI', [null, 0.62], [null, 0.62]],
]

const miningGate = (name: string, records: number, [must, aim]: Limits, node: string): Gate => ({
  figure: `mining, ${records} records, vs ${name} at its best`,
  group: 'mining',
  node,
  bound: 'at least',
  unit: 'x',
  must,
  aim,
  measured: lookup => lookup.ratio(`mining-${records}`, wasm, name),
})

const miningGates: readonly Gate[] = [
  ...miners.flatMap(([name, none, many]) => [
    miningGate(name, 0, none, '24'),
    miningGate(name, 25, many, '24'),
  ]),
  miningGate('hash-wasm', 0, [11, 14], '20'),
  miningGate('hash-wasm', 25, [11, 14], '20'),
]

const rateGates: readonly Gate[] = [0, 25].map(records => ({
  figure: `mining, ${records} records, one thread`,
  group: 'mining',
  bound: 'at least',
  unit: 'MH/s',
  must: null,
  aim: null,
  measured: lookup => lookup.cpu(`mining-${records}`, wasm),
}))

const laneLimits = [
  ['24', 0.93, 1],
  ['20', 0.8, 0.95],
] as const

/** One core in four 32-bit lanes, the most that vectors of WebAssembly allow: how well its compiler did. */
const laneGates: readonly Gate[] = laneLimits.flatMap(([node, must, aim]) =>
  [0, 25].map(
    (records): Gate => ({
      figure: `mining, ${records} records, vs C in four lanes`,
      group: 'mining',
      node,
      bound: 'at least',
      unit: 'x',
      must,
      aim,
      measured: lookup => lookup.ratio(`mining-${records}`, wasm, 'C, the same work in four'),
    }),
  ),
)

const turboGates: readonly Gate[] = [0, 25].map(records => ({
  figure: `mining with turbo, ${records} records, vs C, SHA-NI`,
  group: 'mining',
  node: '24',
  bound: 'at least',
  unit: 'x',
  must: null,
  aim: 0.9,
  measured: lookup => lookup.ratio(`mining-${records}`, turboName, 'C, SHA-NI'),
}))

/** This thread or one worker: now and then a process has one that is slower than it could be. */
function fasterOf(lookup: Lookup, time: 'cpu' | 'wall'): Figure {
  const [here, there] = [lookup[time]('workers', 'this thread'), lookup[time]('workers', '1 worker')]
  return typeof here !== 'number' || typeof there !== 'number' ? here : Math.max(here, there)
}

const workerGates: readonly Gate[] = [
  {
    figure: 'two workers, CPU-time efficiency',
    group: 'workers',
    bound: 'at least',
    unit: '',
    must: 0.95,
    aim: 1,
    measured: lookup => half(lookup.cpu('workers', '2 workers'), fasterOf(lookup, 'cpu'), 1),
  },
  {
    figure: `two workers, wall-clock efficiency (load below ${quiet} only)`,
    group: 'workers',
    bound: 'at least',
    unit: '',
    must: 0.9,
    aim: 0.97,
    measured: lookup => {
      const load = lookup.load('workers')
      const name = 'wall-clock efficiency'
      const value = half(lookup.wall('workers', '2 workers'), fasterOf(lookup, 'wall'), 2)
      if (typeof value !== 'number' || load < quiet) return value
      return { name, skipped: `the load was ${load.toFixed(2)}; it came to ${value.toFixed(2)}` }
    },
  },
  {
    figure: 'searches by 1 to 4 workers that give the same lowest nonce as one thread',
    group: 'workers',
    bound: 'at least',
    unit: '',
    must: 1,
    aim: 1,
    measured: lookup => half(lookup.fact('lowest-same'), lookup.fact('lowest-asked'), 1),
  },
]

export const allMiningGates: readonly Gate[] = [
  ...rateGates,
  ...miningGates,
  ...laneGates,
  ...turboGates,
  ...workerGates,
]
