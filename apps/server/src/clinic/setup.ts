/** Making a clinic, opening one, and letting people in. */
import { mkdir } from 'node:fs/promises'
import type { GivenText } from '@chartseal/clinic/fs/log-signer'
import { encodeBase64Url } from '@chartseal/core/encoding'
import { ChartsealError, defineErrors, type ErrorFactory } from '@chartseal/core/errors'
import { attempt } from '@chartseal/core/files'
import { JsonObject, toJsonText } from '@chartseal/core/json'
import type { Clock, Random } from '@chartseal/core/ports'
import type { FolderSystem } from '@chartseal/tlog/fs'
import { openBreakGlass } from '../break-glass/keeper.js'
import { Conferences, type ConferencesOptions } from '../conference/conferences.js'
import { placeOf } from '../conference/folder.js'
import type { HomeLinks } from '../conference/home-links.js'
import type { DataPaths } from '../data-folder.js'
import type { GossipSettings } from '../gossip/open.js'
import type { InvitedRole } from '../http/names.js'
import { ensureGenesis } from '../ledger/genesis.js'
import type { PeerFetch } from '../ledger/http-peer.js'
import type { ClinicLedger } from '../ledger/ledger.js'
import { invitationHash } from '../operations/devices.js'
import { defaultPingMs } from '../operations/events.js'
import { type BoxLimits, type OpenedStore, openStore, type Store } from '../store.js'
import { beginLog } from './begin-log.js'
import { type BlockOptions, keeperOf } from './block-keeper.js'
import type { Clinic, ClinicDescription } from './clinic.js'
import { Committer } from './committer.js'
import type { ConsoleFiles } from './console-files.js'
import { hasEntries, noteEnd } from './current-log.js'
import { Directory } from './directory.js'
import { endedByHost } from './end-conference.js'
import { completeEnded, noteEnded } from './ended-devices.js'
import { Events } from './events.js'
import { LinkRate } from './link-rate.js'
import { openLedger } from './open-ledger.js'
import { openLog, stateConsole } from './open-log.js'
import { defaultEntryBytesPerDay, defaultFloorBytes, freeBytesOf, Room, type RoomOptions } from './room.js'
import { Turns } from './turns.js'
import { wakeWhoWaits } from './wake.js'

export interface ClinicSetupErrors {
  'clinic/missing': { folder: string }
  'clinic/store-lost': { folder: string }
  'clinic/exists': { folder: string }
  'clinic/name': Record<never, never>
}

export const clinicSetupError: ErrorFactory<ClinicSetupErrors> = defineErrors<ClinicSetupErrors>({
  'clinic/missing':
    'There is no clinic in {folder}. Make one: chartseal-server init --data {folder} --name NAME',
  'clinic/store-lost':
    'The data folder {folder} has the log of a clinic, and its store is not there. Where that is in PostgreSQL, set DATABASE_URL. ' +
    'Otherwise put store.db back, or restore a backup into another folder, with --log {folder}. A new clinic needs another folder.',
  'clinic/exists': 'There is a clinic in {folder} already.',
  'clinic/name': 'The name of the clinic must have 1 to 100 characters, on one line.',
})

export interface World {
  readonly clock: Clock
  readonly random: Random
}

const settingName = 'clinic'
/** A restore that begins a new log sets it. */
const logOriginName = 'log-origin'

/** What was decided by `init`; `null` where there is no clinic. */
export async function describeClinic(store: Store): Promise<ClinicDescription | null> {
  const text = await store.settings.get(settingName)
  const logOrigin = await store.settings.get(logOriginName)
  return text === null || logOrigin === null ? null : { name: JsonObject.parse(text).text('name'), logOrigin }
}

/** @throws ChartsealError `clinic/missing`, `clinic/store-lost` */
export async function requireClinic(store: Store, paths: DataPaths): Promise<ClinicDescription> {
  const description = await describeClinic(store)
  if (description === null) throw await noClinic(paths)
  return description
}

async function noClinic(paths: DataPaths): Promise<Error> {
  const { folder } = paths
  return clinicSetupError((await hasEntries(paths)) ? 'clinic/store-lost' : 'clinic/missing', { folder })
}

/** The store of a data folder, or the database that has the data. */
export function openClinicStore(
  paths: DataPaths,
  databaseUrl: string | null,
  world: World,
): Promise<OpenedStore> {
  const target = databaseUrl === null ? { file: paths.store } : { url: databaseUrl }
  return openStore({ ...world, target, backups: paths.backups })
}

/**
 * For a command that works beside the server: makes no store, and changes no tables under it.
 * @throws ChartsealError `clinic/missing`, `clinic/store-lost`, `store/older-version`, `store/…`
 */
export async function openPresentStore(
  paths: DataPaths,
  databaseUrl: string | null,
  world: World,
): Promise<OpenedStore> {
  const target = databaseUrl === null ? { file: paths.store } : { url: databaseUrl }
  try {
    return await openStore({ ...world, target, backups: paths.backups, upgrade: false })
  } catch (error) {
    if (!(error instanceof ChartsealError) || !isNothingThere(error)) throw error
    throw await noClinic(paths)
  }
}

function isNothingThere({ code, context }: ChartsealError): boolean {
  const { reason, version }: { reason?: unknown; version?: unknown } = Object(context)
  return (
    (code === 'store/failed' && reason === 'ENOENT') || (code === 'store/older-version' && version === 'none')
  )
}

/**
 * Makes a clinic: the key of its log, the log, and what it is called. Interrupted, it goes on when it is asked again.
 * @param origin how people reach it: the log is named by it for ever
 * @param logGroup the files of the officers who made the key of the log, where the server does not
 * @throws ChartsealError `clinic/exists`, `clinic/store-lost`, `clinic/name`, `clinic/log-begun`, `log-officer/…`, `log-signer/too-few`
 */
export async function createClinic(
  store: Store,
  paths: DataPaths,
  {
    name,
    origin,
    logGroup = null,
  }: { readonly name: string; readonly origin: string; readonly logGroup?: readonly GivenText[] | null },
  world: World,
): Promise<ClinicDescription> {
  if (!/^[^\p{C}\p{Zl}\p{Zp}]{1,100}$/u.test(name) || name.trim() !== name)
    throw clinicSetupError('clinic/name', {})
  if ((await describeClinic(store)) !== null)
    throw clinicSetupError('clinic/exists', { folder: paths.folder })
  // One that was interrupted has none: going on from here would be another clinic under the log of this one.
  if (await hasEntries(paths)) throw clinicSetupError('clinic/store-lost', { folder: paths.folder })
  const logOrigin = `${new URL(origin).host}/log`
  await beginLog(paths, logOrigin, logGroup, world)
  await ensureGenesis(store, paths, { name, host: new URL(origin).host }, world)
  await store.settings.set(logOriginName, logOrigin)
  await store.settings.set(settingName, toJsonText({ v: 1, name }))
  return { name, logOrigin }
}

const invitationMs = 7 * 86_400_000
const mib = 1_048_576
/** No sender alone fills a box, and everybody who does not sign takes a small part of it together. */
const defaultBoxLimits: BoxLimits = {
  maxMessages: 20_000,
  maxBytes: 256 * mib,
  ofSender: { maxMessages: 5_000, maxBytes: 64 * mib },
  ofUnsigned: { maxMessages: 500, maxBytes: 8 * mib },
}

export interface Invited {
  readonly role: InvitedRole
  readonly origin: string
  readonly count: number
}

/** Links that let one device in each, once, all or none of them; the store keeps their hashes alone. */
export async function invitations(
  store: Store,
  { role, origin, count }: Invited,
  { clock, random }: World,
): Promise<readonly string[]> {
  const createdMs = clock.nowMs()
  const tokens = Array.from({ length: count }, () => encodeBase64Url(random.bytes(32)))
  await store.inTx(async tables => {
    for (const token of tokens) {
      const expiresMs = createdMs + invitationMs
      await tables.invitations.add({ hash: invitationHash(token), role, createdMs, expiresMs })
    }
  })
  return tokens.map(token => `${origin}/#invite=${token}`)
}

/** A link that lets one device in, once. */
export async function invite(
  store: Store,
  role: Invited['role'],
  origin: string,
  world: World,
): Promise<string> {
  const [link = ''] = await invitations(store, { role, origin, count: 1 }, world)
  return link
}

export interface OpenClinicOptions extends World, BlockOptions {
  readonly origin: string
  readonly console: ConsoleFiles | null
  /** The text of a C2SP policy. */
  readonly policy: string | null
  readonly keptMs: number
  readonly version: string
  readonly onLogFailure: (code: string) => void
  readonly onClockBack: (behindMs: number) => void
  /** How much one mailbox holds. */
  readonly boxLimits?: BoxLimits
  /** How often an event stream says that it lives; 25 s unless given. */
  readonly pingMs?: number
  readonly room?: Partial<RoomOptions>
  /** Limits of conferences. */
  readonly conferenceLimits?: Partial<Pick<ConferencesOptions, 'maxBytes' | 'policy' | 'relays'>>
  /** A process that holds connections of conferences is there. */
  readonly onRelayProcess?: (pid: number) => void
  /** How other servers of the clinic reach this one, and it them. */
  readonly homeLinks?: HomeLinks | null
  /** What could not be done for a conference; nobody who takes part is told. */
  readonly onConferenceFault?: (error: unknown) => void
  /** Origins of other nodes of the prescription ledger. */
  readonly peers?: readonly string[]
  /** With whom they gossip; `null`, as by default: they only pull. */
  readonly gossip?: GossipSettings | null
  /** False: nothing is sealed or pulled of itself. */
  readonly ledgerTimer?: boolean
  /** How other nodes are asked; by default over the network. */
  readonly peerFetch?: PeerFetch
  /** What the node of the ledger could not do; it tries again. */
  readonly onLedgerFault?: (error: unknown) => void
  /** The disk under the log; by default that of Node. */
  readonly logSystem?: FolderSystem
}

export interface RunningClinic extends Clinic {
  /** What its operator should know of the store's engine; `null` for nothing. */
  readonly warning: string | null
  /** The number of this writer of the logs, 0 while it may not write; `null` where the store belongs to one process. */
  readonly writer: (() => number) | null
  ready(): void
  /** Takes nothing new; what was begun is finished. */
  stop(): void
  close(): Promise<void>
}

/**
 * Opens a clinic that was made: store, log, and the statement of which page is given out.
 * @throws ChartsealError `clinic/missing`, `clinic/store-lost`, and what opening the store or the log refuses
 */
export async function openClinic(
  options: Omit<OpenClinicOptions, 'origin'> & {
    /** Or what it is where the store has this one, or none. */
    readonly origin: string | ((said: string | null) => string)
  },
): Promise<RunningClinic> {
  const { paths, databaseUrl, clock, random } = options
  const store = await openClinicStore(paths, databaseUrl, { clock, random })
  try {
    const description = await requireClinic(store, paths)
    const { origin: given } = options
    const origin = typeof given === 'string' ? given : given(await store.settings.get('origin'))
    return await opened(store, description, { ...options, origin })
  } catch (error) {
    await store.close().catch(() => undefined)
    throw error
  }
}

async function opened(
  store: OpenedStore,
  description: ClinicDescription,
  options: OpenClinicOptions,
): Promise<RunningClinic> {
  const { console, clock } = options
  const events = new Events()
  const log = await openLog(description, store, options)
  const writes = new Committer(store)
  const turns = new Turns()
  let quiet = (): void => undefined
  const room = roomOf(options)
  const conferences = await conferencesOf(options, { store, log, writes, turns, room })
  let ledger: ClinicLedger | null = null
  const close = async (): Promise<void> => {
    quiet()
    await closeAll([ledger, conferences, { close: () => writes.idle() }, log], store)
  }
  try {
    const consoleIndex = await stateConsole(store, log, console, options)
    await noteEnd(store, log, description.logOrigin)
    const { endedDevices } = options.paths
    await completeEnded(endedDevices, store.devices)
    ledger = await openLedger(description, store, { log, events }, options)
    const policy = await log.policy()
    const settings = settingsOf(options)
    const breakGlass = await openBreakGlass({ store, writes, log, turns, room, policy, ...settings })
    quiet = wakeWhoWaits(store, events, breakGlass)
    return {
      description,
      ...settings,
      warning: store.warning,
      writer: store.engine === 'postgres' ? () => store.claim.number : null,
      store,
      writes,
      log,
      directory: new Directory(store, clock),
      events,
      turns,
      blocks: keeperOf(options, { store, writes, turns }),
      conferences,
      ledger,
      room,
      linkRate: new LinkRate(),
      consoleIndex,
      policy,
      breakGlass,
      // The device must end all the same; the next start completes the list.
      noteEnded: kid => noteEnded(endedDevices, [kid]).catch(() => undefined),
      startedMs: store.engine === 'sqlite' ? clock.nowMs() : 0,
      ...life(options.ledgerTimer === false ? () => undefined : () => ledger?.start()),
      close,
    }
  } catch (error) {
    await close().catch(() => undefined)
    throw error
  }
}

/** In this order, and the store in any case. */
async function closeAll(parts: readonly ({ close(): Promise<void> } | null)[], store: Store): Promise<void> {
  try {
    for (const part of parts) await part?.close()
  } finally {
    await store.close()
  }
}

function life(start: () => void): Pick<RunningClinic, 'state' | 'ready' | 'stop'> {
  let state: ReturnType<Clinic['state']> = 'starting'
  return {
    state: () => state,
    ready: () => {
      state = 'ready'
      start()
    },
    stop: () => {
      state = 'stopping'
    },
  }
}

type Settings = Pick<
  Clinic,
  'origin' | 'console' | 'keptMs' | 'version' | 'clock' | 'random' | 'boxLimits' | 'pingMs'
>

function settingsOf(options: OpenClinicOptions): Settings {
  const { origin, console, keptMs, version, clock, random } = options
  const { boxLimits = defaultBoxLimits, pingMs = defaultPingMs } = options
  return { origin, console, keptMs, version, clock, random, boxLimits, pingMs }
}

const defaultConferenceBytes = 268_435_456

async function conferencesOf(
  options: OpenClinicOptions,
  world: Pick<Clinic, 'store' | 'log' | 'writes' | 'turns' | 'room'>,
): Promise<Conferences> {
  const { paths, clock, random, conferenceLimits = {}, onConferenceFault = () => undefined } = options
  const { onRelayProcess = () => undefined, homeLinks = null } = options
  await attempt('make', () => mkdir(paths.conferences, { recursive: true, mode: 0o700 }), paths.conferences)
  const conferences = new Conferences({
    folder: paths.conferences,
    place: await placeOf(paths.conferences, random),
    store: world.store,
    clock,
    random,
    maxBytes: defaultConferenceBytes,
    policy: {},
    relays: 0,
    ...conferenceLimits,
    homes: homeLinks,
    onRelay: onRelayProcess,
    hasRoom: () =>
      world.room.require().then(
        () => true,
        () => false,
      ),
    end: id => endedByHost({ ...world, clock }, id),
    onFault: onConferenceFault,
  })
  await conferences.start()
  return conferences
}

function roomOf({ paths, clock, room }: OpenClinicOptions): Room {
  return new Room({
    clock,
    free: () => freeBytesOf(paths.folder),
    floorBytes: defaultFloorBytes,
    entryBytesPerDay: defaultEntryBytesPerDay,
    ...room,
  })
}
