/** What of the ledger a scrape sees. */
import { Gauge, type Registry } from 'prom-client'
import type { Gossip } from '../gossip/gossip.js'
import type { ClinicLedger } from './ledger.js'

type AddGauge = (name: string, help: string, value: () => number) => void

export function addLedgerMetrics(registry: Registry, ledger: ClinicLedger): void {
  const gauge: AddGauge = (name, help, value) =>
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
  const { gossip } = ledger
  if (gossip !== null) addGossipMetrics(gossip, gauge)
  gauge('working', '1 while blocks can be sealed and kept', () => (ledger.isWorking ? 1 : 0))
}

function addGossipMetrics(gossip: Pick<Gossip, 'peers' | 'counts'>, gauge: AddGauge): void {
  gauge('gossip_peers', 'Nodes that hear what this one tells', () => gossip.peers.there)
  gauge('gossip_told', 'Messages of this node that somebody heard', () => gossip.counts.told)
  gauge('gossip_accepted', 'Messages that were new, and passed on', () => gossip.counts.accepted)
  gauge('gossip_ignored', 'Messages that were of no use, or too many', () => gossip.counts.ignored)
  gauge('gossip_rejected', 'Messages that no honest node passes on', () => gossip.counts.rejected)
  gauge('gossip_blocks', 'Blocks that came by gossip first', () => gossip.counts.blocks)
}
