/** Gates of shares over GF(256). */
import { mebibyte, schemes } from './cases/shamir.js'
import { type Gate, half, type Limits, ratioGate } from './gate.js'

const ours = '@chartseal/shamir, WASM engine'
const privy = 'shamir-secret-sharing'

type Scheme = (typeof schemes)[number]

const shapeOf = ({ threshold, numShares }: Scheme): string => `t=${threshold} n=${numShares}`

/** Into given memory, as bulk work would; and into new memory, where the allocator of the machine decides. */
const memories = ['given', 'new'] as const

type Memory = (typeof memories)[number]

const oursInto = (memory: Memory): string => (memory === 'given' ? `${ours}, given memory` : ours)

const combineLimits = ({ threshold }: Scheme): Limits => (threshold === 2 ? [100, 200] : [150, 300])

const combineGate = (scheme: Scheme, memory: Memory): Gate =>
  ratioGate(
    `combine 1 MiB, ${shapeOf(scheme)}, ${memory} memory, vs ${privy}`,
    'shamir',
    combineLimits(scheme),
    [`combine-${scheme.threshold}-${scheme.numShares}`, oursInto(memory), privy],
  )

const splitCase = ({ threshold, numShares }: Scheme): string => `split-${mebibyte}-${threshold}-${numShares}`

const splitGate = (scheme: Scheme, memory: Memory): Gate =>
  ratioGate(
    `split 1 MiB, ${shapeOf(scheme)}, ${memory} memory, vs JS tables`,
    'shamir',
    [20, 50],
    [splitCase(scheme), oursInto(memory), `JS tables, ${memory}`],
  )

/** What an engine that computes in no time would reach. */
const limitGate = (figure: string, factId: string, caseId: string, theirs: string): Gate => ({
  figure,
  group: 'shamir',
  bound: 'at least',
  unit: 'x',
  must: null,
  aim: null,
  measured: lookup => half(lookup.fact(factId), lookup.best(caseId, theirs), 1),
})

const combineLimit = limitGate(
  `combine 1 MiB, t=2 n=3, new memory alone, vs ${privy}`,
  'combine-limit',
  'combine-2-3',
  privy,
)

const splitLimit = (scheme: Scheme): Gate =>
  limitGate(
    `split 1 MiB, ${shapeOf(scheme)}, new memory and randomness alone, vs JS tables`,
    `split-limit-${scheme.threshold}-${scheme.numShares}`,
    splitCase(scheme),
    'JS tables, new',
  )

export const gfGates: readonly Gate[] = [
  ...memories.flatMap(memory => schemes.map(scheme => combineGate(scheme, memory))),
  ...memories.flatMap(memory => schemes.map(scheme => splitGate(scheme, memory))),
  combineLimit,
  ...schemes.map(splitLimit),
  ratioGate(`split 32 bytes, 2 of 3, format v1, vs ${privy}`, 'shamir', [40, 90], ['split-key', ours, privy]),
  ratioGate(
    `split 32 bytes, 2 of 3, format v2, vs ${privy}`,
    'shamir',
    [40, 90],
    ['split-envelopes', ours, privy],
  ),
  ratioGate(
    'GF(256) kernel, t=5 n=10, vs C with GFNI',
    'gf256',
    [0.5, 0.9],
    ['gf-kernel-5-10', 'WASM engine', 'C, GFNI'],
  ),
]
