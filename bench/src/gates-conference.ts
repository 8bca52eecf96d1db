/** Gates of the conference. */
import { seedRuleId } from './cases/conference.js'
import { fullHandshakeId, handshakeName } from './cases/conference-handshake.js'
import { heldBytesFact, heldFact, joinFact, killedFact } from './cases/conference-load.js'
import { burstRatio, singleRatio } from './cases/conference-relay.js'
import { poolId, poolName } from './cases/handshake-pool.js'
import { below, type Gate, half, ratioGate } from './gate.js'
import { stuckFact } from './load/stuck.js'
import { floodRateFact, floodWaitFact } from './load/unwelcome.js'
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

const singleLimits = [
  ['Socket.IO', 1.2, 1.5],
  ['NATS', 1.2, 1.7],
  ['Redis', 0.8, 1],
  [seedRuleName, 3, 4],
] as const

const ofDebian: readonly string[] = ['NATS', 'Redis']

/** A server that the machine does not have is skipped; ours beside the others was measured then. */
function ofServer(lookup: Lookup, id: string, name: string): Figure {
  const figure = lookup.fact(id)
  const mayLack = ofDebian.includes(name) && typeof lookup.fact(burstRatio) === 'number'
  return typeof figure === 'number' || !mayLack ? figure : { name, skipped: `this machine has no ${name}` }
}

const relayGates: readonly Gate[] = [
  {
    figure: 'burst of 50 broadcasts, deliveries per core-second, vs plain ws',
    group: 'conference-relay',
    bound: 'at least',
    unit: 'x',
    must: 8,
    aim: 13,
    measured: lookup => lookup.fact(burstRatio),
  },
  ...singleLimits.map(
    ([name, must, aim]): Gate => ({
      figure: `broadcast of 1 KiB to 5,000, signed and encrypted, deliveries per core-second, vs ${name}`,
      group: 'conference-relay',
      bound: 'at least',
      unit: 'x',
      must,
      aim,
      measured: lookup => ofServer(lookup, singleRatio(name), name),
    }),
  ),
]

const loadBelow = (
  id: string,
  figure: string,
  unit: Gate['unit'],
  [must, aim]: readonly [number, number],
): Gate => ({
  ...below('conference-load', figure, unit, must, aim),
  measured: lookup => lookup.fact(id),
})

const loadAtLeast = (
  id: string,
  figure: string,
  unit: Gate['unit'],
  [must, aim]: readonly [number, number],
): Gate => ({
  figure,
  group: 'conference-load',
  bound: 'at least',
  unit,
  must,
  aim,
  measured: lookup => lookup.fact(id),
})

const loadGates: readonly Gate[] = [
  loadAtLeast(heldFact, 'sessions held at once', '', [20_000, 100_000]),
  loadBelow(heldBytesFact, 'memory of the server for each session', 'bytes', [16_384, 12_288]),
  loadBelow(joinFact, '10,000 patients join at once, to all in the group', 's', [10, 5]),
  loadBelow(killedFact, 'SIGKILL of a relay with 10,000 patients: all back and caught up', 's', [20, 10]),
  loadBelow(stuckFact, '99 of 100 deliveries while a tenth reads nothing, vs all reading', 'x', [1.5, 1.2]),
  loadAtLeast(floodRateFact, 'bad hellos dropped', '/s', [20_000, 50_000]),
  loadBelow(floodWaitFact, '99 of 100 honest joins during them', 'ms', [250, 100]),
]

export const conferenceGates: readonly Gate[] = [
  costGate('join', [30, 10]),
  costGate('block', [150, 40]),
  growthGate('join'),
  growthGate('block'),
  seedGate,
  mlsGate,
  handshakeGate,
  poolGate,
  ...relayGates,
  ...loadGates,
]
