/** Gates of shares over GF(256). */
import { mebibyte, schemes } from './cases/shamir.js'
import { type Gate, half, type Limits, ratioGate } from './gate.js'

const ours = '@chartseal/shamir, WASM engine'
const privy = 'shamir-secret-sharing'

type Scheme = (typeof schemes)[number]

const shapeOf = ({ threshold, numShares }: Scheme): string => `t=${threshold} n=${numShares}`

const combineLimits = ({ threshold }: Scheme): Limits => (threshold === 2 ? [120, 250] : [200, 350])
const splitLimits = ({ threshold }: Scheme): Limits => (threshold === 2 ? [7, 20] : [13, 40])

const combineCase = ({ threshold, numShares }: Scheme): string => `combine-${threshold}-${numShares}`
const splitCase = ({ threshold, numShares }: Scheme): string => `split-${mebibyte}-${threshold}-${numShares}`

/** Into given memory, as bulk work would. */
const givenGates = (scheme: Scheme): readonly Gate[] => [
  ratioGate(`combine 1 MiB, ${shapeOf(scheme)}, given memory, vs ${privy}`, 'shamir', combineLimits(scheme), [
    combineCase(scheme),
    `${ours}, given memory`,
    privy,
  ]),
  ratioGate(`split 1 MiB, ${shapeOf(scheme)}, given memory, vs JS tables`, 'shamir', splitLimits(scheme), [
    splitCase(scheme),
    `${ours}, given memory`,
    'JS tables, given',
  ]),
]

/** Into new memory the allocator of the machine decides: against what memory, and randomness, take by themselves. */
const newGate = (figure: string, [must, aim]: Limits, caseId: string, factId: string): Gate => ({
  figure,
  group: 'shamir',
  bound: 'at least',
  unit: 'x',
  must,
  aim,
  measured: lookup => half(lookup.cpu(caseId, ours), lookup.fact(factId), 1),
})

const newSplitGate = (scheme: Scheme): Gate =>
  newGate(
    `split 1 MiB, ${shapeOf(scheme)}, new memory, vs new memory and randomness alone`,
    [0.4, 0.7],
    splitCase(scheme),
    `split-limit-${scheme.threshold}-${scheme.numShares}`,
  )

export const gfGates: readonly Gate[] = [
  ...schemes.flatMap(givenGates),
  ...schemes.map(scheme =>
    newGate(
      `combine 1 MiB, ${shapeOf(scheme)}, new memory, vs new memory alone`,
      [null, 0.7],
      combineCase(scheme),
      'combine-limit',
    ),
  ),
  ...schemes.map(newSplitGate),
  ratioGate(
    `split 32 bytes, 2 of 3, format v1, vs ${privy}`,
    'shamir',
    [null, null],
    ['split-key', ours, privy],
  ),
  ratioGate(
    `split 32 bytes, 2 of 3, format v2 (commitments, drill key), vs ${privy}`,
    'shamir',
    [0.2, 1],
    ['split-envelopes', ours, privy],
  ),
  ratioGate(
    'GF(256) kernel, t=5 n=10, vs C with GFNI',
    'gf256',
    [0.24, 0.6],
    ['gf-kernel-5-10', 'WASM engine', 'C, GFNI'],
  ),
]
