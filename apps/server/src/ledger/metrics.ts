/** What of the ledger a scrape sees. */
import { Gauge, type Registry } from 'prom-client'
import type { ClinicLedger } from './ledger.js'

export function addLedgerMetrics(registry: Registry, ledger: ClinicLedger): void {
  const gauge = (name: string, help: string, value: () => number): void =>
    void new Gauge({
      name: `chartseal_ledger_${name}`,
      help,
      registers: [registry],
      collect() {
        this.set(value())
      },
    })
  gauge('height', 'Height of the chain that is followed', () => Number(ledger.node.tip.height))
  gauge('final_height', 'Height up to which it is final', () => Number(ledger.node.final.height))
  gauge('pending', 'Records that wait to be sealed', () => ledger.node.pending().length)
  gauge('reorganised', 'Times that the chain was changed below its tip', () => ledger.reorganised)
  gauge('peers', 'Nodes that answered when they were last asked', () => ledger.peers.there)
  gauge('working', '1 while blocks can be sealed and kept', () => (ledger.isWorking ? 1 : 0))
}
