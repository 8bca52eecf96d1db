/** What `npm run bench -- --gate` holds the figures to. */
import { below, type Gate, half, type Limits, ratioGate } from './gate.js'
import { auditGates, chunkedGates } from './gates-records.js'
import { gfGates } from './gates-shamir.js'
import type { Figure, Lookup } from './lookup.js'
import { turboName } from './peers/process-miners.js'

const wasm = 'WASM engine'
const quiet = 0.3

/** Ratios to the best mode of each competitor; musts and aims for 0 and for 25 records. */
const miners: readonly (readonly [string, Limits, Limits])[] = [
  ['hash-wasm', [8, 14], [10, 19]],
  ['@chainsafe/as-sha256', [9, 15], [60, 105]],
  ['@noble/hashes', [5, 8], [6, 10]],
  ['node:crypto', [10, 17], [16, 28]],
  ['Python', [4, 6], [4, 6]],
  ['C, SHA-NI', [0.42, 0.62], [0.42, 0.62]],
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
  miningGate('hash-wasm', 0, [8, 13], '20'),
  miningGate('hash-wasm', 25, [8, 13], '20'),
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

/** What is left to gain where there are no instructions for SHA. */
const laneGates: readonly Gate[] = [0, 25].map(records => ({
  figure: `mining, ${records} records, vs C in four lanes`,
  group: 'mining',
  bound: 'at least',
  unit: 'x',
  must: null,
  aim: null,
  measured: lookup => lookup.ratio(`mining-${records}`, wasm, 'C, the same work in four'),
}))

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
    must: 0.85,
    aim: 0.97,
    measured: lookup => half(lookup.cpu('workers', '2 workers'), fasterOf(lookup, 'cpu'), 1),
  },
  {
    figure: `two workers, wall-clock efficiency (load below ${quiet} only)`,
    group: 'workers',
    bound: 'at least',
    unit: '',
    must: 0.8,
    aim: 0.95,
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

const loadingGates: readonly Gate[] = [
  { ...below('loading', '.wasm, raw', 'bytes', 40_000, 22_000), measured: lookup => lookup.fact('wasm-raw') },
  { ...below('loading', '.wasm, gzip', 'bytes', null, 5_000), measured: lookup => lookup.fact('wasm-gzip') },
  {
    ...below('loading', 'making an engine', 'ms', 5, 1),
    measured: lookup => lookup.cpu('instantiate', wasm),
  },
  {
    ...below('loading', 'fresh process, first import to the nonce of the notebook', 'ms', 20, 6),
    measured: lookup => lookup.cpu('cold-start', 'core/engine alone'),
  },
]

const jsEngine = 'JS engine'

/** WASM against our own JavaScript, every call of the engine. */
const engineGates: readonly Gate[] = [
  ...[0, 25].map(records => engineGate(`mining, ${records} records`, 'mining', `mining-${records}`)),
  engineGate('SHA-256 of 64 B', 'sha256', 'sha256-64'),
  engineGate('SHA-256 of 1 KiB', 'sha256', 'sha256-1024'),
  engineGate('SHA-256 of 1 MiB', 'sha256', 'sha256-1048576'),
  engineGate('SHA-256 of 1 MiB in pieces', 'sha256', 'sha256-pieces'),
  engineGate('GF(256) multiply, 32 B', 'gf256', 'gf-multiply-32'),
  engineGate('GF(256) multiply, 1 KiB', 'gf256', 'gf-multiply-1024'),
  engineGate('GF(256) multiply, 1 MiB', 'gf256', 'gf-multiply-1048576'),
]

function engineGate(what: string, group: string, caseId: string): Gate {
  return {
    figure: `${what}, vs our JS engine`,
    group,
    bound: 'at least',
    unit: 'x',
    must: null,
    aim: null,
    measured: lookup => lookup.ratio(caseId, wasm, jsEngine),
  }
}

const auditVerifyGates: readonly Gate[] = [
  {
    figure: '10^6 audit entries verified deeply, CPU time',
    group: 'audit-verify',
    bound: 'below',
    unit: 's',
    must: 30,
    aim: 10,
    measured: lookup => lookup.fact('deep-seconds-1000000'),
  },
  ratioGate(
    'deep verification vs hashing alone with node:crypto',
    'audit-verify',
    [1, 2],
    ['audit-verify-deep', 'WASM engine', 'node:crypto'],
  ),
]

export const gates: readonly Gate[] = [
  ...auditGates,
  ...rateGates,
  ...miningGates,
  ...laneGates,
  ...turboGates,
  ...workerGates,
  ...gfGates,
  ...loadingGates,
  ...auditVerifyGates,
  ...engineGates,
  ...chunkedGates,
]
