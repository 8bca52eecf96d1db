/** The service worker: the page works offline, and keeps its version until the person accepts another one. */
import { encodeHex } from '@chartseal/core/encoding'
import { type Signal, signal } from '@preact/signals'
import { scriptUrl } from './trusted-script.js'

export interface PageUpdate {
  /** SHA-256 of the manifest of the version that waits, hexadecimal; `null` when none waits. */
  readonly waiting: Signal<string | null>
  accept(): void
}

/** Registers it where there is one; a page from disk has none. */
export function watchUpdates(): PageUpdate {
  const waiting = signal<string | null>(null)
  let next: ServiceWorker | null = null
  const seen = async (found: ServiceWorker | null): Promise<void> => {
    if (found === null || navigator.serviceWorker.controller === null) return
    next = found
    waiting.value = await manifestHash()
  }
  const start = async (): Promise<void> => {
    const registration = await navigator.serviceWorker.register(scriptUrl('/sw.js'), {
      updateViaCache: 'none',
    })
    await followWorkers(registration, seen)
  }
  if ('serviceWorker' in navigator) followVersion()
  if ('serviceWorker' in navigator) void start().catch(() => undefined)
  return {
    waiting,
    accept() {
      next?.postMessage('accept')
    },
  }
}

/** Calls `seen` with each version that is installed and waits, be it that it was found before anybody followed. */
export async function followWorkers(
  registration: Registration,
  seen: (found: ServiceWorker | null) => Promise<void>,
): Promise<void> {
  const follow = (): void => {
    const { installing } = registration
    installing?.addEventListener('statechange', () => {
      if (installing.state === 'installed') void seen(installing).catch(() => undefined)
    })
  }
  registration.addEventListener('updatefound', follow)
  follow()
  await seen(registration.waiting)
}

type Registration = Pick<ServiceWorkerRegistration, 'installing' | 'waiting' | 'addEventListener'>

/** Another version was accepted, in whichever tab: the files of this one are gone. The first worker changes none. */
function followVersion(): void {
  let isFollowed = navigator.serviceWorker.controller !== null
  navigator.serviceWorker.addEventListener('controllerchange', () => {
    if (isFollowed) location.reload()
    isFollowed = true
  })
}

/** That of `/manifest.json`, which the clinic's log and a release name, too. */
async function manifestHash(): Promise<string> {
  const response = await fetch('/manifest.json', { cache: 'no-store' })
  const hash = await crypto.subtle.digest('SHA-256', await response.arrayBuffer())
  return encodeHex(new Uint8Array(hash))
}
