/** Starts the page. */
import { effect } from '@preact/signals'
import { render } from 'preact'
import { browserPlatform } from './browser/platform.js'
import { watchUpdates } from './browser/service-worker.js'
import { invitationIn } from './device/invitation.js'
import { type App, createApp } from './state/app.js'
import { formatRoute, parseRoute } from './state/route.js'
import { languages, loadWords } from './text/texts.js'
import { Broken } from './views/broken.js'
import { keepFocus } from './views/focus-kept.js'
import { Shell } from './views/shell.js'

/** The invitation leaves the address at once, so that neither history nor a screenshot keeps it. */
function takeInvitation(app: App): void {
  if (!location.hash.startsWith('#invite=')) return
  app.invitation.value = invitationIn(location.hash) ?? ''
  history.replaceState(null, '', '#/home')
}

function followRoute(app: App): void {
  const read = (): void => {
    takeInvitation(app)
    app.route.value = parseRoute(location.hash)
  }
  addEventListener('hashchange', read)
  read()
  effect(() => {
    const hash = formatRoute(app.route.value)
    if (location.hash !== hash && app.route.value.screen !== 'home') location.hash = hash
    if (app.route.value.screen === 'home' && !/^#?(\/home)?$/.test(location.hash)) location.hash = '#/home'
  })
}

/** What a person does; scrolling is none, as a thread scrolls by itself when a message comes. */
const touches = ['keydown', 'pointerdown', 'wheel', 'touchmove', 'input']

function feelTouches(app: App): void {
  for (const name of touches) addEventListener(name, app.touch, { capture: true, passive: true })
}

function runOn(root: HTMLElement, app: App): void {
  followRoute(app)
  feelTouches(app)
  effect(() => {
    document.documentElement.lang = app.texts.value.language
  })
  addEventListener('online', () => app.session.value?.poke())
  document.addEventListener('visibilitychange', () => app.session.value?.poke())
  keepFocus(root)
  render(<Shell app={app} update={watchUpdates()} />, root)
}

/** What a person sees behind the passphrase, while they type it; what does not come now is asked for again then. */
function loadAhead(): void {
  for (const part of [import('./state/unlocked.js'), import('./views/home.js')]) part.catch(() => undefined)
}

async function begin(root: HTMLElement): Promise<void> {
  let app: App | null = null
  const broken = (reason: unknown): void => {
    app?.lock()
    render(null, root)
    // Words that cannot be had now are missing: what is wrong is shown all the same.
    void Promise.allSettled(languages.map(loadWords)).then(() => render(<Broken reason={reason} />, root))
  }
  try {
    app = createApp(await browserPlatform(broken))
    runOn(root, app)
    await app.start()
    loadAhead()
  } catch (reason) {
    broken(reason)
  }
}

const root = document.getElementById('page')
// Not awaited: parts that are loaded later import this file, which would wait for them and they for it.
if (root !== null) void begin(root)
