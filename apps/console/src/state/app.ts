/** The state of the page: signals that views read, and what a person can do. Nothing here knows the DOM. */
import { effect, type Signal, signal } from '@preact/signals'
import type { ClinicApi } from '../api/client.js'
import { isGone } from '../api/refusals.js'
import { type AutoLock, autoLock, counterIdleMs, idleMs } from '../device/auto-lock.js'
import {
  type DeviceRow,
  type PinnedClinic,
  readDeviceRow,
  readLastUnlock,
  readPinnedClinic,
  writeLastUnlock,
} from '../device/device-row.js'
import type { Enrolling } from '../device/enrol.js'
import { consoleError } from '../errors.js'
import { textOf } from '../store/rows.js'
import { chooseLanguage, type Language, loadWords, regionOf, type Texts, textsOf } from '../text/texts.js'
import {
  atVault,
  passkeyOf,
  unlockByPasskey,
  unlockByPassphrase,
  type VaultOptions,
  waysOf,
} from '../vault/vault.js'
import { loadPart } from './part.js'
import type { Platform } from './platform.js'
import type { Route } from './route.js'
import type { Session } from './session.js'

/** What speaks with the clinic and works with keys: the first screen is drawn without it. */
const unlocked = (): Promise<typeof import('./unlocked.js')> => loadPart(() => import('./unlocked.js'))

/** `none`: no keys here yet. */
export type Status = 'starting' | 'none' | 'locked' | 'unlocked'

export interface App {
  readonly platform: Platform
  readonly vault: VaultOptions
  readonly status: Signal<Status>
  readonly session: Signal<Session | null>
  readonly device: Signal<DeviceRow | null>
  readonly clinic: Signal<PinnedClinic | null>
  readonly lastUnlockMs: Signal<number>
  /** It locked by itself, as nobody used it. */
  readonly hasIdled: Signal<boolean>
  readonly hasPasskey: Signal<boolean>
  readonly texts: Signal<Texts>
  readonly route: Signal<Route>
  /** Why what is stored here cannot be used; `null` otherwise. */
  readonly problem: Signal<unknown>
  /** The clinic was not told that the device before this one ended. */
  readonly isUntold: Signal<boolean>
  /** From the link with which the page was opened; empty otherwise. */
  readonly invitation: Signal<string>
  start(): Promise<void>
  enrol(enrolling: Enrolling): Promise<void>
  unlock(passphrase: string): Promise<void>
  unlockWithPasskey(): Promise<void>
  lock(): void
  /** The person did something in this tab. */
  touch(): void
  setLanguage(language: Language): Promise<void>
  /** Looks again which ways in there are. */
  refreshWays(): Promise<void>
  /** Ends this device at the clinic and erases what is here. */
  endDevice(): Promise<void>
  /** The same for a device that nobody can unlock; the clinic is told if it answers. */
  beginAnew(): Promise<void>
}

export function createApp(platform: Platform): App {
  const { rows, locks, random, passkeys, argon2id } = platform
  const vault = { rows, locks, random, passkeys, ...(argon2id === undefined ? {} : { argon2id }) }
  const app: App = {
    platform,
    vault,
    status: signal<Status>('starting'),
    session: signal<Session | null>(null),
    device: signal<DeviceRow | null>(null),
    clinic: signal<PinnedClinic | null>(null),
    lastUnlockMs: signal(0),
    hasIdled: signal(false),
    hasPasskey: signal(false),
    texts: signal(textsIn(chooseLanguage(null, platform.languages), platform)),
    route: signal<Route>({ screen: 'home', pairId: '' }),
    problem: signal<unknown>(null),
    isUntold: signal(false),
    invitation: signal(''),
    start: () => start(app),
    enrol: enrolling => enrol(app, enrolling),
    unlock: async passphrase => opened(app, await unlockByPassphrase(vault, passphrase)),
    unlockWithPasskey: async () => opened(app, await unlockByPasskey(vault)),
    lock() {
      if (app.status.value !== 'unlocked') return
      platform.tabs.tell('lock')
      closed(app)
    },
    touch: () => idle()?.touch(),
    async setLanguage(language) {
      // Words that cannot be had now, such as without a network: the language stays.
      if (!(await isLoaded(language))) return
      app.texts.value = textsIn(language, platform)
      // For this time it is spoken all the same.
      await rows.write([['language', language]]).catch(() => undefined)
    },
    async refreshWays() {
      app.hasPasskey.value = passkeyOf(await waysOf(vault)) !== null
    },
    endDevice: () => endDevice(app),
    beginAnew: () => beginAnew(app),
  }
  const idle = lockWhenIdle(app)
  platform.tabs.listen(what => {
    if (what === 'lock') closed(app)
    if (what === 'ended') void start(app)
    if (what === 'touch' || what === 'idle') idle()?.heard(what)
  })
  return app
}

/** What locks it while it is unlocked, as of now. */
function lockWhenIdle(app: App): () => AutoLock | null {
  const { clock, steadyMs, every, tabs } = app.platform
  const isLive = (): boolean =>
    app.session
      .peek()
      ?.conferences.peek()
      .some(one => one.isLive) ?? false
  let idle: AutoLock | null = null
  effect(() => {
    if (app.status.value !== 'unlocked') return undefined
    const afterMs = app.device.peek()?.role === 'pharmacist' ? counterIdleMs : idleMs
    const lock = (): void => {
      closed(app)
      app.hasIdled.value = true
    }
    idle = autoLock({ clock, steadyMs, every, isLive, tell: tabs.tell, afterMs, lock })
    return () => {
      idle?.stop()
      idle = null
    }
  })
  return () => idle
}

const isLoaded = (language: Language): Promise<boolean> =>
  loadWords(language).then(
    () => true,
    () => false,
  )

const textsIn = (language: Language, { clock, languages }: Platform): Texts =>
  textsOf(language, () => clock.nowMs(), regionOf(language, languages))

async function start(app: App): Promise<void> {
  const { rows, languages } = app.platform
  const language = chooseLanguage(textOf(await rows.get('language')), languages)
  await loadWords(language)
  app.texts.value = textsIn(language, app.platform)
  try {
    app.device.value = await readDeviceRow(rows)
    app.clinic.value = await readPinnedClinic(rows)
    app.lastUnlockMs.value = await readLastUnlock(rows)
    await app.refreshWays()
    app.status.value = app.device.value === null ? 'none' : 'locked'
  } catch (reason) {
    // Locked: from there a person can begin anew.
    app.problem.value = reason
    app.status.value = 'locked'
  }
  if (app.clinic.value === null) await meet(app).catch(() => undefined)
}

async function meet(app: App): Promise<void> {
  const { meetClinic } = await unlocked()
  app.clinic.value = await meetClinic(app)
}

async function enrol(app: App, enrolling: Enrolling): Promise<void> {
  const { enrolled } = await unlocked()
  const { key, device } = await enrolled(app, enrolling)
  app.device.value = device
  app.invitation.value = ''
  await opened(app, key)
}

async function opened(app: App, key: CryptoKey): Promise<void> {
  const { platform } = app
  const { sessionOf } = await unlocked()
  const session = await sessionOf(app, key)
  app.session.value?.stop()
  app.session.value = session
  app.status.value = 'unlocked'
  app.hasIdled.value = false
  app.lastUnlockMs.value = platform.clock.nowMs()
  session.listen()
  // A disk that is full keeps nobody out.
  await writeLastUnlock(platform.rows, platform.clock.nowMs()).catch(() => undefined)
  await app.refreshWays()
}

function closed(app: App): void {
  app.session.value?.stop()
  app.session.value = null
  if (app.status.value === 'unlocked') app.status.value = 'locked'
}

async function endDevice(app: App): Promise<void> {
  const session = app.session.value
  if (session === null) throw consoleError('console/locked', {})
  await tellEnd(session.api)
  await erase(app)
}

async function beginAnew(app: App): Promise<void> {
  app.isUntold.value = await unlocked()
    .then(({ apiOf }) => apiOf(app))
    .then(({ api }) => tellEnd(api))
    .then(
      () => false,
      () => true,
    )
  await erase(app)
}

async function tellEnd(api: ClinicApi): Promise<void> {
  await api.endDevice().catch(reason => {
    // The clinic knows already: what is here is erased all the same.
    if (!isGone(reason)) throw reason
  })
}

async function erase(app: App): Promise<void> {
  const { rows, tabs, sessions } = app.platform
  // What another tab still wrote would be left behind.
  tabs.tell('lock')
  closed(app)
  await sessions.alone(() =>
    atVault(app.vault, async () => {
      const keys = (await rows.keys('')).filter(key => key !== 'language')
      await rows.write(keys.map(key => [key, null] as const))
    }),
  )
  tabs.tell('ended')
  app.device.value = app.clinic.value = app.problem.value = null
  app.hasPasskey.value = false
  app.lastUnlockMs.value = 0
  app.status.value = 'none'
  await meet(app).catch(() => undefined)
}
