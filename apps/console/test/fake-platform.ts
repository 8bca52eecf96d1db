/** A browser's storage, clock and passkeys in memory, for screens without a DOM. */

import { createHash } from 'node:crypto'
import { systemRandom as random } from '@chartseal/core/system'
import type { Argon2id } from '@chartseal/kdf-keyring'
import type { DeviceRole } from '../dist/device/role.js'
import { type App, createApp } from '../dist/state/app.js'
import type { Platform } from '../dist/state/platform.js'
import { memoryHold, memoryLocks, memorySessions } from '../dist/store/locks.js'
import { memoryRows, type RowValue } from '../dist/store/rows.js'
import type { FakeClinic } from './fake-clinic.js'

/** Nothing but a hash: the real one is tested in its package, and in the browser. */
const fastArgon2id: Argon2id = async (secret, { salt }) =>
  new Uint8Array(createHash('sha256').update(salt).update(secret).digest())

export interface FakePlatform extends Platform {
  readonly map: Map<string, RowValue>
  /** Milliseconds that this device's clock is ahead. */
  aheadMs: number
  isLookedAt: boolean
  /** What is called back at intervals. */
  readonly timers: Set<() => void>
  /** Whether what waits goes on after a moment, after its time but no more than some of it, or only when it is stopped. */
  waits: 'until-stopped' | 'briefly' | 'shortly'
  /** The authenticator: by credential; an empty one gives another secret than before. */
  readonly authenticator: { secret: Uint8Array | null }
}

export function fakePlatform(clinic: FakeClinic, tabs: BroadcastLike = loneTab()): FakePlatform {
  const rows = memoryRows()
  const authenticator: { secret: Uint8Array | null } = { secret: random.bytes(32) }
  const platform: FakePlatform = {
    map: rows.map,
    rows,
    locks: memoryLocks(),
    hold: memoryHold(),
    sessions: memorySessions(),
    aheadMs: 0,
    clock: { nowMs: () => Date.now() + platform.aheadMs },
    steadyMs: () => performance.now() + platform.aheadMs,
    random,
    authenticator,
    passkeys: {
      available: true,
      create: async () => ({ credential: 'AAAA', salt: 'AAAA', secret: secretOf(authenticator) }),
      ask: async () => secretOf(authenticator),
    },
    fetch: clinic.fetch,
    socket: clinic.conferences.socket,
    argon2id: fastArgon2id,
    origin: clinic.origin,
    every(_, work) {
      platform.timers.add(work)
      return () => void platform.timers.delete(work)
    },
    beat: work => platform.every(1_000, work),
    timers: new Set(),
    waits: 'until-stopped',
    wait: (ms, signal) =>
      new Promise(resolve => {
        const done = (): void => {
          signal.removeEventListener('abort', done)
          resolve()
        }
        signal.addEventListener('abort', done)
        if (platform.waits === 'briefly' || signal.aborted) setTimeout(done, 1)
        // What watches for silence is not due because others are early.
        if (platform.waits === 'shortly' && ms !== silenceMs) setTimeout(done, Math.min(ms, shortMs))
      }),
    tabs,
    storage: { isPersistent: async () => false, ask: async () => true },
    isInstalled: () => false,
    isLookedAt: true,
    isSeen: () => platform.isLookedAt,
    painted: async () => undefined,
    languages: ['en'],
  }
  return platform
}

const shortMs = 20
const silenceMs = 45_000

function secretOf({ secret }: { secret: Uint8Array | null }): Uint8Array {
  if (secret === null) throw new Error('no authenticator')
  return Uint8Array.from(secret)
}

type BroadcastLike = Platform['tabs']
const loneTab = (): BroadcastLike => ({ tell: () => undefined, listen: () => undefined })

export const passphrase = 'seven quiet herons crossed'

/** A device of this role, enrolled and unlocked. */
export async function enrolled(
  clinic: FakeClinic,
  role: DeviceRole,
  name: string,
): Promise<{ readonly app: App; readonly platform: FakePlatform }> {
  const platform = fakePlatform(clinic)
  const app = createApp(platform)
  await app.start()
  await app.enrol({ name, passphrase, invitation: `${clinic.origin}/#invite=${clinic.invite(role)}` })
  return { app, platform }
}
