/** Settings: flags before environment before file; a name that is not one of them is refused. */
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { defineErrors, type ErrorFactory } from '@chartseal/core/errors'
import { type JsonValue, parseJson } from '@chartseal/core/json'
import { isListenAddress, isPeerAddress } from './gossip/address.js'
import type { GossipSettings } from './gossip/open.js'
import { isProxy } from './http/network.js'

export interface ConfigErrors {
  'config/unknown': { name: string; where: string; known: string }
  'config/value': { name: string; expected: string }
  'config/file': { file: string; reason: string }
}

export const configError: ErrorFactory<ConfigErrors> = defineErrors<ConfigErrors>({
  'config/unknown': 'The setting {name} ({where}) must be one of {known}.',
  'config/value': 'The setting {name} must be {expected}.',
  'config/file': 'The settings file {file} must be JSON with names of settings: {reason}.',
})

export interface Config {
  /** Absolute. */
  readonly data: string | null
  readonly origin: string | null
  readonly host: string
  readonly port: number
  /** `null`: no metrics. */
  readonly metricsPort: number | null
  readonly trustedProxies: readonly string[]
  /** Absolute folder of the page; `off` for none, `null` for the one that comes with the server. */
  readonly console: string | null
  /** Absolute folder of the documentation site; `null`: it is not given out. */
  readonly docs: string | null
  readonly databaseUrl: string | null
  /** Servers of NATS by which relays reach the server of the clinic. */
  readonly natsUrls: readonly string[]
  /** Absolute; `null`: NATS asks for nothing. */
  readonly natsCredentials: string | null
  /** Absolute: a file with the key that the server of a clinic and its relays share. */
  readonly relayKey: string | null
  /** Origins of other nodes of the prescription ledger, which this one pulls from. */
  readonly peers: readonly string[]
  /** `null`: nodes of the ledger pull, and nothing more. */
  readonly gossip: GossipSettings | null
  /** Whether every server on the database has this data folder. */
  readonly isDataShared: boolean
  /** Blocks of records that one device may have. */
  readonly blockGib: number
  /** Frames that one conference may keep. */
  readonly conferenceMib: number
  /** Processes that hold connections of conferences; 0: the server itself does. */
  readonly relays: number
  /** Hellos to one conference of one network in a second. */
  readonly helloRate: number
  /** Absolute. */
  readonly witnessPolicy: string | null
  readonly keptHours: number
  readonly logLevel: string
  /** Signed requests of one device in a second. */
  readonly deviceRate: number
  /** Requests of one network in a second that nobody signed; ten times as many with a signature, right or wrong. */
  readonly networkRate: number
}

const levels = ['silent', 'fatal', 'error', 'warn', 'info', 'debug']

interface Setting {
  /** Of the environment. */
  readonly env: string
  readonly help: string
  readonly expected: string
  readonly isValid: (text: string) => boolean
}

const isWhole = (least: number, most: number) => (text: string) =>
  /^\d{1,9}$/.test(text) && Number(text) >= least && Number(text) <= most
const isText = (text: string): boolean => text !== ''

/** By the name of the flag, which is that in the file, too. */
export const settings = {
  data: { env: 'CHARTSEAL_DATA', help: 'the data folder', expected: 'a folder', isValid: isText },
  origin: {
    env: 'CHARTSEAL_ORIGIN',
    help: 'how people reach the clinic: https://NAME; init remembers it, and needs it unless it is this machine alone',
    expected: 'https://NAME, https://NAME:PORT, or http:// with localhost, without a path',
    isValid: isOrigin,
  },
  host: { env: 'CHARTSEAL_HOST', help: 'the address to listen at', expected: 'an address', isValid: isText },
  port: { env: 'PORT', help: 'the port', expected: 'a port, 0 to 65535', isValid: isWhole(0, 65_535) },
  'metrics-port': {
    env: 'CHARTSEAL_METRICS_PORT',
    help: 'the port of /metrics, on 127.0.0.1 alone',
    expected: 'a port, 0 to 65535, or off',
    isValid: text => text === 'off' || isWhole(0, 65_535)(text),
  },
  'trusted-proxies': {
    env: 'TRUSTED_PROXIES',
    help: 'addresses, with commas in between, that may set X-Forwarded-For',
    expected: 'addresses or prefixes such as 127.0.0.1,10.0.0.0/8',
    isValid: text => text.split(',').every(one => isProxy(one.trim())),
  },
  console: {
    env: 'CHARTSEAL_CONSOLE',
    help: 'the folder of the page, or off',
    expected: 'a folder or off',
    isValid: isText,
  },
  docs: {
    env: 'CHARTSEAL_DOCS',
    help: 'the folder of the documentation site, which is given out under /docs, or off',
    expected: 'a folder or off',
    isValid: isText,
  },
  'database-url': {
    env: 'DATABASE_URL',
    help: 'PostgreSQL in place of the file in the data folder',
    expected: 'postgres://…',
    isValid: text => /^postgres(ql)?:\/\//.test(text),
  },
  'nats-url': {
    env: 'NATS_URL',
    help: 'servers of NATS, by which relays on other machines reach the server of the clinic',
    expected: 'nats://HOST:PORT or tls://HOST:PORT, with commas in between and without a password',
    isValid: text => text.split(',').every(one => isNatsUrl(one.trim())),
  },
  'nats-credentials': {
    env: 'NATS_CREDENTIALS',
    help: 'a file that lets the server in at NATS: .creds, a seed of an nkey, or USER:PASSWORD',
    expected: 'a file',
    isValid: isText,
  },
  'relay-key': {
    env: 'CHARTSEAL_RELAY_KEY',
    help: 'the file that the server and its relays share, from relay-key; needed with NATS',
    expected: 'a file',
    isValid: isText,
  },
  peers: {
    env: 'CHARTSEAL_PEERS',
    help: 'origins of other nodes of the prescription ledger, with commas in between',
    expected:
      'https://NAME or https://NAME:PORT, or http:// with localhost, with commas in between, at most 32',
    isValid: text => listed(text).length <= 32 && listed(text).every(isOrigin),
  },
  gossip: {
    env: 'CHARTSEAL_GOSSIP',
    help: 'where other nodes of the prescription ledger reach this one for gossip; off by default',
    expected: '/ip4/ADDRESS/tcp/PORT or /ip6/ADDRESS/tcp/PORT',
    isValid: isListenAddress,
  },
  'gossip-peers': {
    env: 'CHARTSEAL_GOSSIP_PEERS',
    help: 'the nodes to gossip with, with commas in between; each names the others',
    expected:
      '/ip4/ADDRESS/tcp/PORT/p2p/ID or with ip6 or dns, or /p2p/ID, with commas in between, at most 32',
    isValid: text => listed(text).length <= 32 && listed(text).every(isPeerAddress),
  },
  'data-shared': {
    env: 'CHARTSEAL_DATA_SHARED',
    help: '1: every server on the database has this data folder, and so the blocks of records in it',
    expected: '0 or 1',
    isValid: isWhole(0, 1),
  },
  'block-gib': {
    env: 'CHARTSEAL_BLOCK_GIB',
    help: 'GiB of records that one device may keep here',
    expected: 'a number, 1 to 100000',
    isValid: isWhole(1, 100_000),
  },
  'conference-mib': {
    env: 'CHARTSEAL_CONFERENCE_MIB',
    help: 'MiB of frames that one conference may keep here',
    expected: 'a number, 1 to 10240',
    isValid: isWhole(1, 10_240),
  },
  relays: {
    env: 'CHARTSEAL_RELAYS',
    help: 'processes that hold connections of conferences; 0: the server itself',
    expected: 'a number, 0 to 64',
    isValid: isWhole(0, 64),
  },
  'witness-policy': {
    env: 'CHARTSEAL_WITNESS_POLICY',
    help: 'a file with the C2SP policy of the log’s witnesses',
    expected: 'a file',
    isValid: isText,
  },
  'kept-hours': {
    env: 'CHARTSEAL_KEPT_HOURS',
    help: 'how long an acknowledged message is kept',
    expected: 'hours, 1 to 720',
    isValid: isWhole(1, 720),
  },
  'log-level': {
    env: 'CHARTSEAL_LOG_LEVEL',
    help: `one of ${levels.join(', ')}`,
    expected: `one of ${levels.join(', ')}`,
    isValid: text => levels.includes(text),
  },
  'device-rate': {
    env: 'CHARTSEAL_DEVICE_RATE',
    help: 'signed requests of one device in a second',
    expected: 'a number, 1 to 100000',
    isValid: isWhole(1, 100_000),
  },
  'network-rate': {
    env: 'CHARTSEAL_NETWORK_RATE',
    help: 'requests of one network in a second that nobody signed; ten times as many with a signature',
    expected: 'a number, 1 to 100000',
    isValid: isWhole(1, 100_000),
  },
  'hello-rate': {
    env: 'CHARTSEAL_HELLO_RATE',
    help: 'hellos to one conference of one network in a second, ten times as many at once',
    expected: 'a number, 1 to 100000',
    isValid: isWhole(1, 100_000),
  },
} as const satisfies { readonly [name: string]: Setting }

export type SettingName = keyof typeof settings

export const settingNames: readonly SettingName[] = Object.keys(settings).filter(isSettingName)

function isSettingName(name: string): name is SettingName {
  return Object.hasOwn(settings, name)
}

/** Names of the environment that begin like ours and belong to the tests and scripts of this project. */
const notOurs =
  /^CHARTSEAL_(CONFIG|SHARED|SHARED_STAMP|GATE|NODE|PLATFORMS?|WORKSPACES|FOLDER|DEADLINE_MS|TEST_[A-Z_]+|KEYS?|PASSPHRASE[A-Z_]*)$/

type Texts = Partial<Record<SettingName, string>>

/**
 * The settings of one run.
 * @param flags by the names of flags
 * @throws ChartsealError `config/unknown`, `config/value`, `config/file`
 */
export function readConfig(
  flags: { readonly [name: string]: string | undefined },
  env: { readonly [name: string]: string | undefined },
): Config {
  const path = flags['config'] ?? env['CHARTSEAL_CONFIG']
  const { config: _, ...given } = flags
  const merged: Texts = {
    ...(path === undefined ? {} : fromFile(path)),
    ...fromEnvironment(env),
    ...named(given, 'flag'),
  }
  requireNoPassword('database-url', given['database-url'])
  for (const name of settingNames) requireValid(name, merged[name])
  return configOf(merged)
}

function fromEnvironment(env: { readonly [name: string]: string | undefined }): Texts {
  const known = settingNames.map(name => settings[name].env)
  const unknown = Object.keys(env).find(
    name => name.startsWith('CHARTSEAL_') && !known.some(one => one === name) && !notOurs.test(name),
  )
  if (unknown !== undefined)
    throw configError('config/unknown', { name: unknown, where: 'environment', known: known.join(', ') })
  return Object.fromEntries(
    settingNames.flatMap(name => {
      const value = env[settings[name].env]
      // An empty variable is one that is not set: shells and systemd make them so.
      return value === undefined || value === '' ? [] : [[name, value]]
    }),
  )
}

function fromFile(path: string): Texts {
  const file = resolve(path)
  const value = parsed(file)
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw configError('config/file', { file, reason: 'it is not an object' })
  const texts = Object.entries(value).map(([name, one]: [string, JsonValue]) => {
    if (Array.isArray(one) && one.every(part => typeof part === 'string')) return [name, one.join(',')]
    if (typeof one === 'string' || typeof one === 'number') return [name, `${one}`]
    throw configError('config/file', { file, reason: `${name} is neither a text nor a number` })
  })
  return named(Object.fromEntries(texts), file)
}

function parsed(file: string): JsonValue {
  try {
    return parseJson(readFileSync(file, 'utf8'))
  } catch (error) {
    throw configError('config/file', {
      file,
      reason: error instanceof Error ? error.message : 'it cannot be read',
    })
  }
}

function named(given: { readonly [name: string]: string | undefined }, where: string): Texts {
  const texts: Texts = {}
  for (const [name, value] of Object.entries(given)) {
    if (!isSettingName(name))
      throw configError('config/unknown', { name, where, known: settingNames.join(', ') })
    if (value !== undefined) texts[name] = value
  }
  return texts
}

/**
 * Of an option, which lists of processes show to everybody on the machine.
 * @throws ChartsealError `config/value`
 */
export function requireNoPassword(name: string, url: string | undefined): void {
  if (url === undefined || !URL.canParse(url) || new URL(url).password === '') return
  throw configError('config/value', {
    name,
    expected: 'without a password, as lists of processes show it: set DATABASE_URL, or PGPASSWORD beside it',
  })
}

function requireValid(name: SettingName, value: string | undefined): void {
  const { isValid, expected }: Setting = settings[name]
  if (value !== undefined && !isValid(value)) throw configError('config/value', { name, expected })
}

function configOf(texts: Texts): Config {
  const absolute = (path: string | undefined): string | null => (path === undefined ? null : resolve(path))
  const metrics = texts['metrics-port'] ?? 'off'
  const { console: page, docs } = texts
  return {
    data: absolute(texts.data),
    origin: texts.origin === undefined ? null : new URL(texts.origin).origin,
    host: texts.host ?? '127.0.0.1',
    port: Number(texts.port ?? 8_471),
    metricsPort: metrics === 'off' ? null : Number(metrics),
    trustedProxies: listed(texts['trusted-proxies']),
    console: page === 'off' ? 'off' : absolute(page),
    docs: docs === 'off' ? null : absolute(docs),
    databaseUrl: texts['database-url'] ?? null,
    natsUrls: listed(texts['nats-url']),
    natsCredentials: absolute(texts['nats-credentials']),
    relayKey: absolute(texts['relay-key']),
    peers: listed(texts.peers).map(one => new URL(one).origin),
    gossip: gossipOf(texts),
    isDataShared: texts['data-shared'] === '1',
    blockGib: Number(texts['block-gib'] ?? 20),
    witnessPolicy: absolute(texts['witness-policy']),
    keptHours: Number(texts['kept-hours'] ?? 24),
    logLevel: texts['log-level'] ?? 'info',
    deviceRate: Number(texts['device-rate'] ?? 50),
    networkRate: Number(texts['network-rate'] ?? 50),
    conferenceMib: Number(texts['conference-mib'] ?? 256),
    helloRate: Number(texts['hello-rate'] ?? 100),
    relays: Number(texts.relays ?? 0),
  }
}

/** @throws ChartsealError `config/value` for one of the two without the other: nobody would come in */
function gossipOf({ gossip: listen, 'gossip-peers': peers }: Texts): GossipSettings | null {
  if (listen === undefined && peers === undefined) return null
  const missing = listen === undefined ? 'gossip' : 'gossip-peers'
  if (listen === undefined || peers === undefined)
    throw configError('config/value', { name: missing, expected: 'given, as the other one of gossip is' })
  return { listen, peers: listed(peers) }
}

function listed(text = ''): readonly string[] {
  return text.split(',').flatMap(one => (one.trim() === '' ? [] : [one.trim()]))
}

/** A password in it would be in lists of processes, and in logs. */
function isNatsUrl(text: string): boolean {
  const { host } = URL.canParse(text) ? new URL(text) : { host: '' }
  return host !== '' && (text === `nats://${host}` || text === `tls://${host}`)
}

/** Passkeys, signatures and links need one origin that browsers trust. */
function isOrigin(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { origin, protocol, hostname, href } = new URL(text)
  const isLocal = /^(localhost|127\.0\.0\.1|\[::1\])$/.test(hostname)
  return (
    (href === text || origin === text) &&
    href === `${origin}/` &&
    (protocol === 'https:' || (protocol === 'http:' && isLocal))
  )
}
