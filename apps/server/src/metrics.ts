/** Metrics for Prometheus, on a listener of its own that only this machine reaches. */
import { createServer, type Server } from 'node:http'
import type { Clinic } from './clinic/clinic.js'
import type { MeasuredConferences } from './conference/metrics.js'
import type { RequestNote } from './http/app.js'

export interface Metrics {
  request(note: RequestNote): void
  /** How many there are: what a scrape costs, and memory. */
  series(): Promise<number>
  server: Server
}

/** A clinic, or a relay, which has conferences alone. */
export interface Measured extends Partial<Pick<Clinic, 'events' | 'log' | 'ledger'>> {
  readonly conferences: MeasuredConferences
  readonly writer?: (() => number) | null
}

/** Labels are patterns of routes, never paths, so their number is bounded, and nothing identifies anybody. */
export async function createMetrics(clinic: Measured): Promise<Metrics> {
  const { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } = await import('prom-client')
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const seconds = new Histogram({
    name: 'chartseal_request_seconds',
    help: 'Time to the answer',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5],
    registers: [registry],
  })
  const refused = new Counter({
    name: 'chartseal_refused_total',
    help: 'Refusals by code',
    labelNames: ['code'],
    registers: [registry],
  })
  const { events, log, ledger, writer = null } = clinic
  const gauge = (name: string, help: string, value: () => number): void =>
    void new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(value())
      },
    })
  if (events !== undefined)
    gauge('chartseal_event_streams', 'Devices that listen for wake-ups', () => events.streams)
  if (log !== undefined) addLogGauges(gauge, log)
  if (writer !== null)
    gauge('chartseal_log_writer', 'The number of this writer of the logs; 0 while it may not write', writer)
  if (ledger !== undefined) (await import('./ledger/metrics.js')).addLedgerMetrics(registry, ledger)
  const { addConferenceMetrics } = await import('./conference/metrics.js')
  addConferenceMetrics(registry, clinic.conferences)
  const server = createServer((request, response) => {
    if (request.url !== '/metrics' || request.method !== 'GET') {
      response.writeHead(404).end()
      return
    }
    void registry
      .metrics()
      .then(text => response.writeHead(200, { 'content-type': registry.contentType }).end(text))
      .catch(() => response.destroy())
  })
  return {
    server,
    async series() {
      const all = await registry.getMetricsAsJSON()
      return all.reduce((sum, { values }) => sum + values.length, 0)
    },
    request({ method, route, status, code, ms }) {
      seconds.observe({ method: knownMethod(method), route, status }, ms / 1_000)
      if (code !== null) refused.inc({ code })
    },
  }
}

function addLogGauges(
  gauge: (name: string, help: string, value: () => number) => void,
  log: Clinic['log'],
): void {
  gauge('chartseal_log_working', '1 while the audit log takes entries', () => (log.isWorking ? 1 : 0))
  gauge('chartseal_log_unpublished', 'Entries that no checkpoint has yet', () => log.unpublished)
  if (log.signers === null) return
  const help = 'Signers of the log that took part when they were last asked'
  gauge(
    'chartseal_log_signers',
    help,
    () => log.signers?.states().filter(({ problem }) => problem === null).length ?? 0,
  )
}

/** Anybody may send any word as a method. */
function knownMethod(method: string): string {
  return /^(GET|HEAD|PUT|DELETE|POST|OPTIONS)$/.test(method) ? method : 'other'
}
