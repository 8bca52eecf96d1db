/** What is timed of ledger nodes is right first; here in small. */
import { expect, it } from 'vitest'
import { proofFacts } from '../dist/cases/ledger-proof.js'
import { propagationFacts } from '../dist/cases/ledger-propagation.js'
import { reorganisationFacts } from '../dist/cases/ledger-reorganisation.js'
import { startFacts } from '../dist/cases/ledger-start.js'
import { ledgerGates } from '../dist/gates-ledger.js'
import { Lookup } from '../dist/lookup.js'

const machine = { node: '24.1.0', v8: '', platform: '', cpu: '', cores: 2, load: 0, date: '' }

const parts = [
  {
    what: 'proves a state',
    measure: () => proofFacts(1_000),
    figures: ['proof “not yet dispensed” among 10^6 prescriptions', 'the same: check'],
  },
  {
    what: 'hears of a block',
    measure: () => propagationFacts(1, 2),
    figures: ['propagation among 20 nodes', 'propagation among 20 nodes', 'the same'],
  },
  {
    what: 'leaves a chain for a heavier one',
    measure: () => reorganisationFacts(2, 1),
    figures: ['reorganisation of depth 100', 'reorganisation of depth 100'],
  },
  {
    what: 'starts again',
    measure: () => startFacts(20, 1),
    figures: ['start of a node with 10^5 blocks', 'the same'],
  },
]
// Nodes on a disk take seconds: the gate looks at them.
const here = process.env['CHARTSEAL_GATE'] === '1' ? parts : parts.slice(0, 2)

it.each(here)('$what rightly before it takes a time, each for a gate', async ({ measure, figures }) => {
  const facts = await measure()
  const lookup = new Lookup([{ group: 'ledger', machine, facts, cases: [] }])
  const measured = ledgerGates.filter(gate => typeof gate.measured(lookup) === 'number')
  expect(measured.map(({ figure }) => figure.split(',')[0])).toEqual(figures)
  for (const { value } of facts) expect(value).toBeGreaterThan(0)
})
