/** Gates of the conference. */
import { seedRuleId } from './cases/conference.js'
import { fullHandshakeId, handshakeName } from './cases/conference-handshake.js'
import { poolId, poolName } from './cases/handshake-pool.js'
import { below, type Gate, half, ratioGate } from './gate.js'
import type { Figure, Lookup } from './lookup.js'
import { ownName } from './peers/key-tree.js'
import { mlsName } from './peers/mls.js'
import { seedRuleName } from './peers/seed-rule.js'

const microseconds = (rate: Figure): Figure => (typeof rate === 'number' ? 1e6 / rate : rate)
const rateOf = (lookup: Lookup, what: string, count: number): Figure =>
  lookup.cpu(`${what}-${count}`, ownName)

const costGate = (what: string, [must, aim]: readonly [number, number]): Gate => ({
  ...below('conference', `${what} in a conference of 100,000, controller`, 'µs', must, aim),
  measured: lookup => microseconds(rateOf(lookup, what, 100_000)),
})

const growthGate = (what: string): Gate => ({
  ...below('conference', `${what} in a conference of 100,000 vs one of 1,000`, 'x', 2, 1.5),
  measured: lookup => half(rateOf(lookup, what, 1_000), rateOf(lookup, what, 100_000), 1),
})

const seedGate: Gate = {
  figure: `block in a conference of 100,000, vs ${seedRuleName}`,
  group: 'conference',
  bound: 'at least',
  unit: 'x',
  must: 5_000,
  aim: 20_000,
  measured: lookup => half(rateOf(lookup, 'block', 100_000), lookup.cpu(seedRuleId, seedRuleName), 1),
}

const mlsGate = ratioGate(
  `block in a conference of 1,000, vs ${mlsName}`,
  'conference',
  [5_000, 10_000],
  ['block-1000', ownName, mlsName],
)

const handshakeGate: Gate = {
  figure: 'full handshakes per core-second, doctor’s side',
  group: 'conference',
  bound: 'at least',
  unit: '/s',
  must: 3_000,
  aim: 6_000,
  measured: lookup => lookup.cpu(fullHandshakeId, handshakeName),
}

const poolGate: Gate = {
  figure: 'full handshakes by the clock, two threads vs one',
  group: 'conference',
  bound: 'at least',
  unit: 'x',
  must: 1.9,
  aim: 1.9,
  measured: lookup => half(lookup.wall(poolId, poolName(2)), lookup.wall(poolId, poolName(1)), 1),
}

export const conferenceGates: readonly Gate[] = [
  costGate('join', [30, 10]),
  costGate('block', [150, 40]),
  growthGate('join'),
  growthGate('block'),
  seedGate,
  mlsGate,
  handshakeGate,
  poolGate,
]
