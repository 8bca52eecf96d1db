/** What of conferences a scrape sees: sums over all of them. No label says which conference, or who. */
import { Counter, Gauge, type Registry } from 'prom-client'
import type { ConferenceCounts, Conferences } from './conferences.js'

const gauges: Readonly<Record<keyof ConferenceCounts, string>> = {
  conferences: 'Conferences that are open on this server',
  hosts: 'Conferences whose host is there',
  relays: 'Relay processes of this server',
  connections: 'Connections of conferences, members or not',
  members: 'Members of conferences',
  behind: 'Members who read too slowly, and are fed from the log',
}

/** Of a server, or of a relay. */
export type MeasuredConferences = Pick<Conferences, 'counts' | 'frames' | 'refused'>

export function addConferenceMetrics(registry: Registry, conferences: MeasuredConferences): void {
  for (const name of ['conferences', 'hosts', 'relays', 'connections', 'members', 'behind'] as const)
    new Gauge({
      name: name === 'conferences' ? 'chartseal_conferences' : `chartseal_conference_${name}`,
      help: gauges[name],
      registers: [registry],
      collect() {
        this.set(conferences.counts()[name])
      },
    })
  new Counter({
    name: 'chartseal_conference_frames_total',
    help: 'Frames for all that were written to members',
    registers: [registry],
    collect() {
      this.reset()
      this.inc(conferences.frames)
    },
  })
  new Counter({
    name: 'chartseal_conference_refused_total',
    help: 'Connections of conferences that were refused or ended, by reason',
    labelNames: ['reason'],
    registers: [registry],
    collect() {
      this.reset()
      for (const [reason, count] of conferences.refused) this.inc({ reason }, count)
    },
  })
}
