/** The frame around the screens: what is open, the state of the network, the language. */
import { useEffect, useErrorBoundary } from 'preact/hooks'
import { isUnknownHere } from '../api/refusals.js'
import type { PageUpdate } from '../browser/service-worker.js'
import { type DeviceRole, isKeeper } from '../device/role.js'
import type { App } from '../state/app.js'
import { formatRoute, type ScreenName } from '../state/route.js'
import type { Session } from '../state/session.js'
import { errorText, isClockJump, isOtherLog } from '../text/error-text.js'
import { languages, type TextKey } from '../text/texts.js'
import { ConferenceBar } from './conference-bar.js'
import { lazyScreen } from './lazy.js'
import { Failure, OneMoment } from './parts.js'
import { useScreenName } from './screen-name.js'
import { KitWay, Start, Unlock } from './start.js'

const About = lazyScreen(async () => (await import('./about.js')).About)
const Access = lazyScreen(async () => (await import('./access.js')).Access)
const Conference = lazyScreen(async () => (await import('./conference.js')).Conference)
const DeviceScreen = lazyScreen(async () => (await import('./device.js')).DeviceScreen)
const Emergency = lazyScreen(async () => (await import('./emergency.js')).Emergency)
const Home = lazyScreen(async () => (await import('./home.js')).Home)
const Kit = lazyScreen(async () => (await import('./kit.js')).Kit)
const Link = lazyScreen(async () => (await import('./link.js')).Link)
const OwnRecord = lazyScreen(async () => (await import('./own-record.js')).OwnRecord)
/** Prescriptions, the counter and what the ledger shows: one way in, so that the first load has nothing of them. */
const LedgerScreen = lazyScreen(async () => (await import('./ledger.js')).LedgerScreen)
const OtherLog = lazyScreen(async () => (await import('./other-log.js')).OtherLog)
const Pair = lazyScreen(async () => (await import('./pair.js')).Pair)
const Received = lazyScreen(async () => (await import('./received.js')).Received)
const Records = lazyScreen(async () => (await import('./records.js')).Records)
const Restore = lazyScreen(async () => (await import('./restore.js')).Restore)
const Safeguard = lazyScreen(async () => (await import('./safeguard.js')).Safeguard)
const Seat = lazyScreen(async () => (await import('./seat.js')).Seat)
const Share = lazyScreen(async () => (await import('./share.js')).Share)
const Teams = lazyScreen(async () => (await import('./teams.js')).Teams)

export function Shell({ app, update }: { app: App; update: PageUpdate }) {
  const { t, language } = app.texts.value
  const { value: session } = app.session
  const { screen, pairId } = app.route.value
  // Who looks at another tab sees it there.
  const mark = (session?.emergencies.value.length ?? 0) > 0 ? '(!) ' : ''
  useScreenName(`${session === null ? app.status.value : 'open'} ${screen} ${pairId}`, language, mark)
  return (
    <>
      <button type="button" class="skip" onClick={focusMain}>
        {t('app.skip')}
      </button>
      <header class="top">
        <p class="brand">
          {t('app.name')} <span>{app.clinic.value?.name ?? ''}</span>
        </p>
        {session === null ? null : <Menu app={app} session={session} />}
        <LanguageChoice app={app} />
        {session === null ? null : (
          <button type="button" class="quiet small" onClick={app.lock}>
            {t('nav.lock')}
          </button>
        )}
      </header>
      {session === null ? null : <Banner app={app} session={session} />}
      {session === null ? null : <ConferenceBar app={app} session={session} />}
      {update.waiting.value === null ? null : (
        <p class="banner" role="status">
          {t('app.update', { hash: update.waiting.value.slice(0, 16) })}{' '}
          <button type="button" class="small" onClick={update.accept}>
            {t('app.update.accept')}
          </button>
        </p>
      )}
      <main id="main" tabIndex={0}>
        <Guarded app={app} />
      </main>
    </>
  )
}

/** A link would change the fragment, which is the route. */
function focusMain(): void {
  document.getElementById('main')?.focus()
}

function LanguageChoice({ app }: { app: App }) {
  const { t, language } = app.texts.value
  return (
    <select
      class="language"
      aria-label={t('app.language')}
      value={language}
      onChange={({ currentTarget }) => {
        const chosen = languages.find(one => one === currentTarget.value)
        if (chosen !== undefined) void app.setLanguage(chosen)
      }}
    >
      {languages.map(one => (
        <option key={one} value={one} lang={one}>
          {one === 'es' ? 'Español' : 'English'}
        </option>
      ))}
    </select>
  )
}

function Menu({ app, session }: { app: App; session: Session }) {
  const { t } = app.texts.value
  const { role } = session.device
  const { screen } = app.route.value
  const named = below.find(([, screens]) => screens.includes(screen))?.[0] ?? screen
  const current = isKeeper(role) && named === 'home' ? 'emergency' : named
  return (
    <nav aria-label={t('app.menu')}>
      {items[role].map(([name, text]) => (
        <a key={name} href={`#/${name}`} {...(name === current ? { 'aria-current': 'page' as const } : {})}>
          {t(text)}
        </a>
      ))}
    </nav>
  )
}

type MenuItem = readonly [ScreenName, TextKey]

const withPeople: readonly MenuItem[] = [
  ['prescriptions', 'nav.prescriptions'],
  ['records', 'nav.records'],
  ['access', 'nav.access'],
]
const own: readonly MenuItem[] = [
  ['device', 'nav.device'],
  ['about', 'nav.about'],
]

const ofKeepers: readonly MenuItem[] = [
  ['emergency', 'nav.emergency'],
  ['access', 'nav.access'],
]

/** What a role has no part in is absent. */
const items: Readonly<Record<DeviceRole, readonly MenuItem[]>> = {
  doctor: [['home', 'nav.patients'], ...withPeople, ['emergency', 'nav.emergency'], ...own],
  patient: [['home', 'nav.thread'], ...withPeople, ...own],
  // Who works at a counter can keep a share.
  pharmacist: [['home', 'nav.counter'], ['ledger', 'nav.ledger'], ['emergency', 'nav.emergency'], ...own],
  custodian: [...ofKeepers, ...own],
  auditor: [...ofKeepers, ...own],
}

const below: readonly (readonly [ScreenName, readonly ScreenName[]])[] = [
  ['home', ['thread', 'conference', 'seat', 'team', 'counter']],
  ['records', ['share', 'own', 'record', 'link', 'safeguard']],
  ['prescriptions', ['prescribe', 'prescription']],
]

const ofLedger: readonly ScreenName[] = ['prescribe', 'prescriptions', 'prescription', 'counter', 'ledger']

/** What keeps messages here or at the clinic, for as long as it does. */
function Banner({ app, session }: { app: App; session: Session }) {
  const texts = app.texts.value
  const { value: problem } = session.problem
  const { value: count } = session.waiting
  if (problem !== null)
    return (
      <div class="banner bad" role="alert">
        {errorText(problem, texts)}
        {isClockJump(problem) ? <ClockIsRight app={app} session={session} /> : null}
        {isUnknownHere(problem) ? <ToKeys app={app} /> : null}
        {isOtherLog(problem) ? <OtherLog app={app} session={session} /> : null}
      </div>
    )
  const { value: damaged } = session.damaged
  if (damaged > 0)
    return (
      <p class="banner bad" role="status">
        {texts.n('store.damaged', damaged)} <a href="#/restore">{texts.t('kit.restore')}</a>
      </p>
    )
  if (session.isOnline.value !== false)
    return session.isLiveBlocked.value ? (
      <p class="banner" role="status">
        {texts.t('net.live-blocked')}
      </p>
    ) : null
  return (
    <p class="banner" role="status">
      {count > 0 ? texts.t('net.queued', { count }) : texts.t('net.offline')}
    </p>
  )
}

/** A device that was not used for long looks like a clock that jumped: only a person knows which it is. */
function ClockIsRight({ app, session }: { app: App; session: Session }) {
  const { t, date: written } = app.texts.value
  const date = written(app.platform.clock.nowMs())
  return (
    <>
      {' '}
      <button type="button" class="small" onClick={() => void session.confirmClock()}>
        {t('clock.right', { date })}
      </button>
    </>
  )
}

function ToKeys({ app }: { app: App }) {
  return (
    <>
      {' '}
      <a href="#/device">{app.texts.value.t('device.again')}</a>
    </>
  )
}

/** A screen that cannot be drawn is told of, and leaves the others as they are. */
function Guarded({ app }: { app: App }) {
  const texts = app.texts.value
  const at = formatRoute(app.route.value)
  const [error, reset] = useErrorBoundary(reason => reportError(reason))
  useEffect(() => {
    if (error !== undefined) reset()
  }, [at])
  if (error === undefined) return <Screen app={app} />
  return (
    <section class="narrow">
      <h1>{texts.t('app.name')}</h1>
      <Failure error={error} texts={texts} />
      <button type="button" onClick={() => location.reload()}>
        {texts.t('app.reload')}
      </button>
    </section>
  )
}

function Screen({ app }: { app: App }) {
  const { value: status } = app.status
  const { value: session } = app.session
  if (status === 'starting') return <OneMoment timer={app.platform} texts={app.texts.value} />
  if (session !== null) return <Open app={app} session={session} />
  if (app.route.value.screen === 'about') return <About app={app} />
  if (status === 'none') return <Start app={app} />
  return app.route.value.screen === 'restore' ? <KitWay app={app} /> : <Unlock app={app} />
}

function Open({ app, session }: { app: App; session: Session }) {
  const { screen, pairId } = app.route.value
  if (screen === 'pair') return <Pair app={app} session={session} />
  if (screen === 'kit') return <Kit app={app} session={session} />
  if (screen === 'restore') return <Restore app={app} session={session} />
  if (screen === 'records') return <Records app={app} session={session} />
  if (screen === 'share') return <Share app={app} session={session} />
  if (screen === 'own') return <OwnRecord app={app} session={session} />
  if (screen === 'record') return <Received app={app} session={session} />
  if (screen === 'link') return <Link app={app} session={session} />
  if (screen === 'conference') return <Conference app={app} session={session} />
  if (screen === 'seat') return <Seat app={app} session={session} />
  if (screen === 'access') return <Access app={app} session={session} />
  if (screen === 'emergency') return <Emergency app={app} session={session} />
  if (screen === 'safeguard') return <Safeguard app={app} session={session} />
  if (screen === 'device') return <DeviceScreen app={app} session={session} />
  if (screen === 'about') return <About app={app} />
  // Whoever works at a counter has no people to write to.
  if (ofLedger.includes(screen) || session.device.role === 'pharmacist')
    return <LedgerScreen app={app} session={session} />
  // Nor has who keeps shares or audits.
  if (isKeeper(session.device.role)) return <Emergency app={app} session={session} />
  if (screen === 'team') {
    if (pairId === '') return <Teams app={app} session={session} />
    return <Home app={app} session={session} chosen="" team={pairId} />
  }
  return <Home app={app} session={session} chosen={pairId} team="" />
}
