/** Opening the key stores: what a crash interrupted is finished, and stores that do not belong together are refused. */
import { SubjectKey } from './body.js'
import { entryError } from './errors.js'
import { addLogKey, clearPending, type Pending, readLogKeys, readPending, writePending } from './log-keys.js'
import { finishShredding, type KeyStores, staleStore } from './shred.js'
import { type LogKey, namerOf, prefixOf, systemSubject, wrapSubject } from './wrapped-keys.js'

export interface RecoveredKeys {
  readonly logKey: LogKey
  readonly unrecorded: Pending | null
}

/** @throws ChartsealError `audit/stale-key-store`, `audit/bad-key-store` */
export async function recoverKeys(stores: KeyStores): Promise<RecoveredKeys> {
  const { store, logKeys } = stores
  const pending = await readPending(logKeys)
  if (pending !== null && pending.generation > 0) {
    return { logKey: await finishShredding(stores, pending), unrecorded: pending }
  }
  const [logKey, ...others] = await readLogKeys(logKeys)
  if (others.length > 0) throw entryError('audit/bad-key-store', {})
  const names = await store.keys('subject/')
  if (pending !== null || (logKey === undefined && names.length === 0)) {
    return { logKey: await initialize(stores, logKey), unrecorded: null }
  }
  if (logKey === undefined) throw entryError('audit/stale-key-store', { logKeyGeneration: 0 })
  const own = prefixOf(logKey.generation)
  const system = namerOf(logKey)(systemSubject)
  if (!names.includes(system) || names.some(name => !name.startsWith(own))) throw staleStore(logKey)
  return { logKey, unrecorded: null }
}

/** The system's own key is made with the store, and tells a store of this log key from an empty one. */
async function initialize(stores: KeyStores, found: LogKey | undefined): Promise<LogKey> {
  const { store, logKeys, random } = stores
  await writePending(logKeys, { generation: 0, name: '', decision: null })
  const logKey = found ?? (await addLogKey(logKeys, 1, random))
  const name = namerOf(logKey)(systemSubject)
  if ((await store.get(name)) === null) {
    using key = SubjectKey.generate(random)
    await store.put(name, wrapSubject(logKey, name, { patient: systemSubject, key }, random))
  }
  await clearPending(logKeys)
  return logKey
}
