import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ConsoleFiles, readConsole, readNamed } from '../clinic/console-files.js'
import { dataHome, isLoopback, localOrigin } from '../clinic/places.js'
import {
  clinicSetupError,
  createClinic,
  describeClinic,
  invite,
  openClinic,
  openClinicStore,
  type RunningClinic,
} from '../clinic/setup.js'
import { readPolicy } from '../clinic/witness-policy.js'
import type { Command, Io } from '../command.js'
import type { HomeLinks } from '../conference/home-links.js'
import { natsLinksOf } from '../conference/nats-open.js'
import { type Config, configError, settingNames } from '../config.js'
import { type DataFolder, takeDataFolder } from '../data-folder.js'
import { requestError } from '../errors.js'
import { createApp, type RequestNote } from '../http/app.js'
import { EarlyUpgrades } from '../http/early-upgrades.js'
import { invitedRoles } from '../http/names.js'
import { proxyList } from '../http/network.js'
import { retryMs } from '../http/problems.js'
import { clinicDoor, Upgrades } from '../http/upgrade.js'
import { answerWithoutClinic } from '../http/without-clinic.js'
import { createListener, defaultLimits, listen, shutDown } from '../listen.js'
import { createLogger, kindOf, type Logger, seldomLogger } from '../logger.js'
import { createMetrics, type Metrics } from '../metrics.js'
import { builtConsole, versionOf } from '../own-files.js'
import { createRequestLog, type RequestLog } from '../request-log.js'
import { startChores } from './chores.js'
import { exists } from './disk.js'
import { awaitDataFolder } from './standby.js'
import { watchLock } from './watch-lock.js'

type Mode = 'clinic' | 'demo' | 'dev'

export const serve: Command = {
  name: 'serve',
  summary: 'run a clinic',
  example: 'chartseal-server serve --data /var/lib/chartseal',
  settings: settingNames,
  flags: {
    dev: { help: 'a clinic in a temporary folder, gone at the end', isSwitch: true },
    demo: { help: 'makes a demo clinic where there is none, and prints links to try it', isSwitch: true },
    standby: { help: 'waits while another server has the data folder, then takes over', isSwitch: true },
  },
  async run(io, { config, own }) {
    const mode: Mode = own['dev'] === 'on' ? 'dev' : own['demo'] === 'on' ? 'demo' : 'clinic'
    requireNoDatabase(config, mode)
    const temporary = mode === 'dev' ? await mkdtemp(join(tmpdir(), 'chartseal-dev-')) : null
    try {
      const folder = temporary ?? config.data ?? defaultFolder(io, mode)
      // Nothing is made where a name was mistyped.
      if (mode === 'clinic' && !(await exists(folder))) throw clinicSetupError('clinic/missing', { folder })
      const waits = own['standby'] === 'on'
      const data = waits ? await awaitDataFolder(io, config, folder) : await takeDataFolder(folder)
      if (data !== null) await serveIn(io, config, mode, data)
      return 0
    } finally {
      if (temporary !== null) await rm(temporary, { recursive: true, force: true })
    }
  },
}

/** What is made to be tried out never lands in the database of a real clinic. */
function requireNoDatabase({ databaseUrl }: Config, mode: Mode): void {
  if (mode === 'clinic' || databaseUrl === null) return
  throw configError('config/value', {
    name: 'database-url',
    expected: `left out with --${mode}, which keeps its data in a folder`,
  })
}

/** A demo clinic never lands in the folder of a real one. */
export function defaultFolder({ env }: Pick<Io, 'env'>, mode: Mode = 'clinic'): string {
  return join(dataHome(env), mode === 'clinic' ? 'clinic' : 'demo-clinic')
}

/**
 * How people reach the clinic.
 * @param said what `init` or an earlier run was told; without TLS it is of this machine, where the port may be another one now
 * @throws ChartsealError `config/value` when others than this machine can and nobody said
 */
export function originOf({ origin, host, port }: Config, said: string | null = null): string {
  if (origin !== null) return origin
  if (said?.startsWith('https:')) return said
  if (isLoopback(host)) return localOrigin(port)
  throw configError('config/value', {
    name: 'origin',
    expected: 'given, as --host is not of this machine alone',
  })
}

async function serveIn(io: Io, config: Config, mode: Mode, data: DataFolder): Promise<void> {
  const logger = createLogger(config.logLevel)
  try {
    await run(io, config, mode, data, logger)
  } finally {
    logger.flush()
    await data.release()
  }
}

async function run(io: Io, config: Config, mode: Mode, data: DataFolder, logger: Logger): Promise<void> {
  // Whoever reads that it is there may end it at once.
  const ended = io.ended()
  let app: ReturnType<typeof createApp> | null = null
  const early = new EarlyUpgrades()
  let links: HomeLinks | null = null
  const server = createListener(
    (request, env) =>
      app === null
        ? answerWithoutClinic(io, request, requestError('server/starting', { retryMs }))
        : app.fetch(request, env),
    defaultLimits,
    early.take,
  )
  const servers = [server]
  // First of all: with port 0 the origin names the port that was free.
  const port = await listen(server, config.host, config.port)
  try {
    const origin = (said: string | null): string => originOf({ ...config, port }, said)
    if (mode !== 'clinic') await ensureDemo(io, data, origin(null))
    const docs = config.docs === null ? null : await readNamed(config.docs)
    links = await natsLinksOf(config, io.random, logger)
    const clinic = await openClinic(await optionsOf(io, config, data, origin, logger, links))
    const metrics = await metricsOf(io, config, clinic)
    if (metrics !== null) servers.push(metrics.server)
    const requests = createRequestLog(logger)
    const options = { clinic, docs, ...appOptions(config, logger, metrics, requests) }
    app = createApp(options)
    const upgrades = new Upgrades({ ...options, clock: io.clock, door: clinicDoor(clinic) })
    clinic.ready()
    if (docs !== null) io.out(`Documentation: ${clinic.origin}/docs/\n`)
    early.open({ take: (...one) => upgrades.take(...one), hasHost: id => clinic.conferences.hasHost(id) })
    if (clinic.warning !== null) logger.warn(clinic.warning)
    await announce(io, clinic, mode, {
      folder: data.paths.folder,
      at: `${config.host}:${port}`,
      hasPage: config.console !== 'off',
    })
    const stopChores = startChores(clinic, logger, requests)
    const watch = watchLock(data, error =>
      logger.warn(kindOf(error), 'whose the data folder is could not be looked at'),
    )
    const lost = await Promise.race([ended, watch.lost])
    watch.stop()
    stopChores()
    early.end()
    await shutDown(server, clinic)
    requests.tell()
    if (lost instanceof Error) throw lost
  } finally {
    early.end()
    await links?.close()
    for (const one of servers) {
      one.close()
      one.closeAllConnections()
    }
  }
}

async function optionsOf(
  { clock, random, out }: Io,
  config: Config,
  { paths }: DataFolder,
  origin: (said: string | null) => string,
  logger: Logger,
  homeLinks: HomeLinks | null,
): Promise<Parameters<typeof openClinic>[0]> {
  const seldom = seldomLogger(logger, clock)
  return {
    clock,
    random,
    paths,
    databaseUrl: config.databaseUrl,
    peers: config.peers,
    gossip: config.gossip,
    onLedgerFault: error => seldom.warn(kindOf(error), 'the prescription ledger could not go on'),
    homeLinks,
    origin,
    console: await consoleOf(config),
    policy: await readPolicy(config.witnessPolicy),
    keptMs: config.keptHours * 3_600_000,
    isDataShared: config.isDataShared,
    blockLimits: { bytesPerDevice: config.blockGib * 1_073_741_824 },
    version: versionOf(),
    onLogFailure: code =>
      seldom.error({ code }, 'the audit log takes nothing, so nothing that needs it is done'),
    conferenceLimits: {
      maxBytes: config.conferenceMib * 1_048_576,
      policy: { hellos: { perSecond: config.helloRate, burst: 10 * config.helloRate } },
      relays: config.relays,
    },
    onRelayProcess: pid => out(`relay process ${pid} takes connections of conferences\n`),
    onConferenceFault: error => seldom.error(kindOf(error), 'a fault of a conference'),
    onClockBack: behindMs => logger.warn({ behindMs }, 'the clock of this machine went back'),
  }
}

/** @throws ChartsealError `page/not-as-built`, also where a folder was named that has none */
async function consoleOf({ console }: Config): Promise<ConsoleFiles | null> {
  if (console === 'off') return null
  return console === null ? readConsole(builtConsole()) : readNamed(console)
}

async function metricsOf(io: Io, { metricsPort }: Config, clinic: RunningClinic): Promise<Metrics | null> {
  if (metricsPort === null) return null
  const metrics = await createMetrics(clinic)
  io.out(`metrics at 127.0.0.1:${await listen(metrics.server, '127.0.0.1', metricsPort)}\n`)
  return metrics
}

/** So many connections that flood ask four times a second each, whatever they would like. */
const lateMs = 250

function appOptions(
  { trustedProxies, deviceRate, networkRate }: Config,
  logger: Logger,
  metrics: Metrics | null,
  requests: RequestLog,
): Required<Omit<Parameters<typeof createApp>[0], 'clinic' | 'docs' | 'bodies' | 'bodyMs'>> {
  const rates = {
    open: { perSecond: networkRate, burst: 8 * networkRate },
    claimed: { perSecond: 10 * networkRate, burst: 40 * networkRate },
    signed: { perSecond: deviceRate, burst: 4 * deviceRate },
  }
  return {
    rates,
    proxies: proxyList(trustedProxies),
    lateMs,
    onRequest(note: RequestNote) {
      metrics?.request(note)
      requests.note(note)
    },
    onFault: (request, error) => logger.error({ request, ...kindOf(error) }, 'a fault of the server'),
  }
}

async function ensureDemo(io: Io, { paths }: DataFolder, origin: string): Promise<void> {
  const store = await openClinicStore(paths, null, io)
  try {
    if ((await describeClinic(store)) === null)
      await createClinic(store, paths, { name: 'Demo clinic', origin }, io)
  } finally {
    await store.close()
  }
}

async function announce(
  io: Io,
  clinic: RunningClinic,
  mode: Mode,
  { folder, at, hasPage }: { readonly folder: string; readonly at: string; readonly hasPage: boolean },
): Promise<void> {
  const { origin, description, store } = clinic
  // What `invite` makes links with, in another process.
  await store.settings.set('origin', origin)
  io.out(`${description.name}: ${origin} (listening at ${at})\n`)
  if (clinic.console === null && hasPage)
    io.out('It serves no page: build apps/console, or name its folder by --console.\n')
  if (clinic.blocks === null)
    io.out(
      'It keeps no records: set CHARTSEAL_DATA_SHARED=1 once every server on the database has this data folder.\n',
    )
  if (!(await clinic.ledger.seals())) io.out(`It seals no prescriptions: ${whyNot(clinic.ledger)}.\n`)
  for (const address of clinic.ledger.gossip?.addresses ?? []) io.out(`It gossips at ${address}\n`)
  if (mode === 'clinic') return
  for (const role of invitedRoles) {
    io.out(`  ${role.padEnd(10)} ${await invite(store, role, origin, io)}\n`)
  }
  io.out('Each link lets one browser in, once, within seven days. ')
  io.out(mode === 'dev' ? 'Nothing is kept. Ctrl+C ends it.\n' : `Data: ${folder}. Ctrl+C ends it.\n`)
  io.out('A clinic of your own: chartseal-server init --name NAME --data FOLDER\n')
}

function whyNot({ node, sealer }: RunningClinic['ledger']): string {
  if (node.genesis.seal.kind !== 'poa' || sealer === null)
    return 'the key of the ledger is not in its data folder'
  return 'its key is not on the roster'
}
