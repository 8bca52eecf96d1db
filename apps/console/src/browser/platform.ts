/** The browser as the page's platform. */
import { systemClock as clock, pooledRandom } from '@chartseal/core/system'
import type { Platform } from '../state/platform.js'
import { indexedRows } from '../store/indexed-rows.js'
import { browserHold, browserLocks, browserSessions } from '../store/locks.js'
import { webAuthnPasskeys } from '../vault/passkey.js'
import { scriptUrl } from './trusted-script.js'

/** @param lost told when what is stored cannot be used any more @throws as `indexedRows` */
export async function browserPlatform(lost: (reason: unknown) => void): Promise<Platform> {
  const random = pooledRandom()
  const channel = new BroadcastChannel('chartseal')
  return {
    rows: await indexedRows('chartseal', lost),
    locks: browserLocks(navigator.locks),
    hold: browserHold(navigator.locks),
    sessions: browserSessions(navigator.locks),
    clock,
    steadyMs: () => performance.now(),
    random,
    passkeys: webAuthnPasskeys(random, navigator.credentials, () => 'Chartseal'),
    fetch: (input, init) => fetch(input, init),
    // `connect-src 'self'` covers it: the same host and port (CSP 3, 6.7.2.8).
    socket: (path, protocol) => new WebSocket(`${location.origin.replace(/^http/, 'ws')}${path}`, protocol),
    origin: location.origin,
    every(ms, work) {
      const timer = setInterval(work, ms)
      return () => clearInterval(timer)
    },
    beat(work) {
      const worker = new Worker(scriptUrl('/beat.js'))
      worker.onmessage = work
      return () => worker.terminate()
    },
    wait: (ms, signal) =>
      new Promise(resolve => {
        const ended = new AbortController()
        const done = (): void => {
          clearTimeout(timer)
          ended.abort()
          resolve()
        }
        const timer = setTimeout(done, ms)
        addEventListener('online', done, { signal: ended.signal })
        signal.addEventListener('abort', done, { signal: ended.signal })
        if (signal.aborted) done()
      }),
    tabs: {
      tell: what => channel.postMessage(what),
      listen(heard) {
        channel.onmessage = ({ data }) => heard(String(data))
      },
    },
    storage: {
      isPersistent: () => navigator.storage.persisted(),
      ask: () => navigator.storage.persist(),
    },
    isInstalled: () => matchMedia('(display-mode: standalone)').matches,
    isSeen: () => document.visibilityState === 'visible',
    painted: () =>
      new Promise(resolve => {
        const behind = (): void => void setTimeout(resolve, 0)
        if (document.visibilityState === 'visible') requestAnimationFrame(behind)
        else behind()
      }),
    languages: navigator.languages,
  }
}
