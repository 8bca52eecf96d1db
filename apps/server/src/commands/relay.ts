import type { Server } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Command, Io } from '../command.js'
import type { HomeLinks } from '../conference/home-links.js'
import { natsLinksOf } from '../conference/nats-open.js'
import { RelayServer } from '../conference/relay-server.js'
import { type Config, configError } from '../config.js'
import { requestError } from '../errors.js'
import { commonHeaders } from '../http/answers.js'
import { proxyList } from '../http/network.js'
import { retryMs } from '../http/problems.js'
import { relayDoor, Upgrades } from '../http/upgrade.js'
import { answerWithoutClinic } from '../http/without-clinic.js'
import { createListener, defaultLimits, defaultShutdown, listen } from '../listen.js'
import { createLogger, kindOf, type Logger } from '../logger.js'
import { createMetrics } from '../metrics.js'

export const relay: Command = {
  name: 'relay',
  summary: 'take patients of conferences for the server of a clinic, by way of NATS',
  example:
    'chartseal-server relay --nats-url tls://nats.example:4222 --relay-key /etc/chartseal/relay.key --host 0.0.0.0',
  flags: {},
  settings: [
    'host',
    'port',
    'nats-url',
    'nats-credentials',
    'relay-key',
    'metrics-port',
    'trusted-proxies',
    'network-rate',
    'hello-rate',
    'log-level',
  ],
  async run(io, { config }) {
    const logger = createLogger(config.logLevel)
    try {
      const links = await natsLinksOf(config, io.random, logger)
      if (links === null) throw configError('config/value', { name: 'nats-url', expected: 'given' })
      await run(io, config, logger, links)
      return 0
    } finally {
      logger.flush()
    }
  },
}

async function run(io: Io, config: Config, logger: Logger, links: HomeLinks): Promise<void> {
  // Whoever reads that it is there may end it at once.
  const ended = io.ended()
  const { clock, random } = io
  const policy = { hellos: { perSecond: config.helloRate, burst: 10 * config.helloRate } }
  const onFault = (error: unknown): void => logger.error(kindOf(error), 'a fault of a conference')
  const relayServer = new RelayServer({ links, clock, random, policy, onFault })
  let isStopping = false
  const upgrades = new Upgrades({
    clock,
    door: relayDoor(relayServer, () => !isStopping),
    rates: { open: { perSecond: config.networkRate, burst: 8 * config.networkRate } },
    proxies: proxyList(config.trustedProxies),
    onFault: (request, error) => logger.error({ request, ...kindOf(error) }, 'a fault of the relay'),
  })
  const isReady = (): boolean => !isStopping && links.isThere()
  const server = createListener(
    request => answer(io, request, isReady),
    defaultLimits,
    (request, socket, head) => upgrades.take(request, socket, head),
  )
  const servers = [server]
  try {
    const port = await listen(server, config.host, config.port)
    servers.push(...(await metricsOf(io, config, relayServer)))
    io.out(`relay (listening at ${config.host}:${port})\n`)
    await ended
    isStopping = true
    await sleep(defaultShutdown.announceMs)
  } finally {
    await relayServer.stop()
    for (const one of servers) {
      one.close()
      one.closeAllConnections()
    }
  }
}

/** Whether it lives, and whether there is a way to the server of the clinic; nothing else. */
function answer(io: Io, request: Request, isReady: () => boolean): Response {
  if (new URL(request.url).pathname !== '/readyz')
    return answerWithoutClinic(io, request, requestError('server/relay', {}))
  if (isReady()) return new Response('ok\n', { headers: commonHeaders })
  return answerWithoutClinic(io, request, requestError('server/starting', { retryMs }))
}

async function metricsOf(
  io: Io,
  { metricsPort }: Config,
  conferences: RelayServer,
): Promise<readonly Server[]> {
  if (metricsPort === null) return []
  const { server } = await createMetrics({ conferences })
  io.out(`metrics at 127.0.0.1:${await listen(server, '127.0.0.1', metricsPort)}\n`)
  return [server]
}
