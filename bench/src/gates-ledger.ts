/** Gates of the prescription ledger. */
import { v1Case, v2Algorithms, v2Case } from './cases/ledger.js'
import { proofBytesFact, proofCheckFact } from './cases/ledger-proof.js'
import { gossipFact, pullFact, pullOfFourFact } from './cases/ledger-propagation.js'
import { reorganisedBeforeFact, reorganisedNewFact } from './cases/ledger-reorganisation.js'
import { startPresentFact, startRebuiltFact } from './cases/ledger-start.js'
import { below, type Gate, type Limits, ratioGate } from './gate.js'
import { nobleV1Name, ownV1Name, seedV1Name } from './peers/ledger-v1.js'
import { nobleV2Name, ownBlocksName } from './peers/ledger-v2.js'

const group = 'ledger'
const verified = 'records verified in blocks of 25'

const fact = (
  id: string,
  figure: string,
  unit: Gate['unit'],
  [must, aim]: readonly [number | null, number],
): Gate => ({
  ...below(group, figure, unit, must, aim),
  measured: lookup => lookup.fact(id),
})

const v1Gate = (theirs: string, limits: Limits): Gate =>
  ratioGate(`v1: ${verified}, vs ${theirs}`, group, limits, [v1Case, ownV1Name, theirs])

/** Its packages are optional: nothing is measured without them. */
const gossipGate: Gate = {
  ...below(group, 'propagation among 20 nodes, 99 of 100, by gossip', 'ms', 250, 100),
  measured(lookup) {
    const figure = lookup.fact(gossipFact)
    return typeof figure === 'number' ? figure : { name: 'gossip', skipped: 'its packages are not installed' }
  },
}

export const ledgerGates: readonly Gate[] = [
  v1Gate(seedV1Name, [1, 2]),
  v1Gate(nobleV1Name, [5, 10]),
  ...v2Algorithms.map(algorithm =>
    ratioGate(
      `v2: ${verified}, ${algorithm}, vs ${nobleV2Name}`,
      group,
      [8, 12],
      [v2Case(algorithm), ownBlocksName, nobleV2Name],
    ),
  ),
  fact(reorganisedBeforeFact, 'reorganisation of depth 100, blocks received before', 'ms', [500, 100]),
  fact(
    reorganisedNewFact,
    'reorganisation of depth 100, blocks new, signatures and disk in it',
    'ms',
    [500, 100],
  ),
  fact(startPresentFact, 'start of a node with 10^5 blocks, index present', 's', [1, 0.3]),
  fact(startRebuiltFact, 'the same, index rebuilt', 's', [20, 10]),
  fact(proofBytesFact, 'proof “not yet dispensed” among 10^6 prescriptions', 'bytes', [2_048, 1_024]),
  fact(proofCheckFact, 'the same: check', 'ms', [1, 0.3]),
  gossipGate,
  fact(pullFact, 'propagation among 20 nodes, 99 of 100, by pull: all ask all', 'ms', [1_000, 500]),
  fact(pullOfFourFact, 'the same, each asks four, over HTTP', 'ms', [null, 500]),
]
