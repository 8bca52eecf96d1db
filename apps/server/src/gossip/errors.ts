import { defineErrors, type ErrorFactory } from '@chartseal/core/errors'

export interface GossipErrors {
  'gossip/not-installed': { package: string; command: string }
  'gossip/listen': { at: string; reason: string }
}

export const gossipError: ErrorFactory<GossipErrors> = defineErrors<GossipErrors>({
  'gossip/not-installed':
    'Gossip needs {package}, which is not installed: run {command}, or leave the setting gossip out. Nodes pull without it.',
  'gossip/listen':
    'The address {at} must be free, and one of this machine, for gossip to listen at it ({reason}).',
})
