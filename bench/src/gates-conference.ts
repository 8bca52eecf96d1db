/** Gates of the conference. */
import { fullHandshakeId, handshakeName } from './cases/conference-handshake.js'
import { below, type Gate, half, type Limits, ratioGate } from './gate.js'
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

const blockGate = (count: number, theirs: string, limits: Limits): Gate =>
  ratioGate(`block in a conference of ${count.toLocaleString('en')}, vs ${theirs}`, 'conference', limits, [
    `block-${count}`,
    ownName,
    theirs,
  ])

const handshakeGate: Gate = {
  figure: 'full handshakes per core-second, doctor’s side',
  group: 'conference',
  bound: 'at least',
  unit: '/s',
  must: 3_000,
  aim: 6_000,
  measured: lookup => lookup.cpu(fullHandshakeId, handshakeName),
}

export const conferenceGates: readonly Gate[] = [
  costGate('join', [30, 10]),
  costGate('block', [150, 40]),
  growthGate('join'),
  growthGate('block'),
  blockGate(100_000, seedRuleName, [5_000, 20_000]),
  blockGate(1_000, mlsName, [5_000, 10_000]),
  handshakeGate,
]
