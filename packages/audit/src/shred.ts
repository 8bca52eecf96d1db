/**
 * Destroying one key so that older backups of the key store open nothing. Every step is durable before the next, and
 * doing one again changes nothing, so that opening the store finishes what a crash interrupted:
 *
 * 1. `pending` names the key (by the caller). 2. A tombstone replaces it. 3. The next log key is made. 4. All others
 * are wrapped under it, under new names. 5. The old log key is destroyed. 6. The old wrappings are deleted, then
 * `pending` (by the caller, once the log has recorded it).
 */
import type { KeyValue, Random } from '@chartseal/core/ports'
import { entryError } from './errors.js'
import { addLogKey, destroyLogKey, type Pending, readLogKeys } from './log-keys.js'
import { type LogKey, namerOf, prefixOf, systemSubject, unwrapSubject, wrapSubject } from './wrapped-keys.js'

/** How many keys are changed at a time: waiting for a disk takes most of the time. */
const atOnce = 64

export interface KeyStores {
  /** Wrapped subject keys; may be backed up. */
  readonly store: KeyValue
  /** The log key; must not be in a backup of `store`. */
  readonly logKeys: KeyValue
  readonly random: Random
}

/** Finishes the shredding that `pending` names, from wherever it stopped; `pending` stays. */
export async function finishShredding(stores: KeyStores, pending: Pending): Promise<LogKey> {
  const { store, logKeys, random } = stores
  const { generation, name } = pending
  const found = await readLogKeys(logKeys)
  const old = found.find(logKey => logKey.generation === generation)
  let next = found.find(logKey => logKey.generation === generation + 1)
  if (old !== undefined) {
    await bury(stores, old, name)
    next ??= await addLogKey(logKeys, generation + 1, random)
    await rewrapAll(stores, old, next)
    await destroyLogKey(logKeys, old)
  }
  if (next === undefined) throw entryError('audit/bad-key-store', {})
  // An old backup that was put back has wrappings of the old key only, and they are not this function's to delete.
  if ((await store.get(namerOf(next)(systemSubject))) === null) throw staleStore(next)
  await deleteAll(store, prefixOf(generation))
  return next
}

/** Puts a tombstone in place of the key: that this patient was forgotten is known, until the next event opens a new key. */
async function bury({ store, random }: KeyStores, logKey: LogKey, name: string): Promise<void> {
  const wrapped = await store.get(name)
  if (wrapped === null) throw staleStore(logKey)
  const { patient, key } = unwrapSubject(logKey, name, wrapped)
  if (key === null) return
  key.wipe()
  await store.put(name, wrapSubject(logKey, name, { patient, key: null }, random))
}

async function rewrapAll({ store, random }: KeyStores, old: LogKey, next: LogKey): Promise<void> {
  const nameOf = namerOf(next)
  const names = await store.keys(prefixOf(old.generation))
  await forEach(names, async name => {
    const wrapped = await store.get(name)
    if (wrapped === null) throw entryError('audit/bad-key-store', {})
    const subject = unwrapSubject(old, name, wrapped)
    const newName = nameOf(subject.patient)
    await store.put(newName, wrapSubject(next, newName, subject, random))
    subject.key?.wipe()
  })
  // Nothing else opens once the old log key is gone.
  if ((await store.keys(prefixOf(next.generation))).length !== names.length)
    throw entryError('audit/bad-key-store', {})
}

async function deleteAll(store: KeyValue, prefix: string): Promise<void> {
  await forEach(await store.keys(prefix), name => store.delete(name))
}

async function forEach(names: readonly string[], run: (name: string) => Promise<void>): Promise<void> {
  for (let at = 0; at < names.length; at += atOnce) await Promise.all(names.slice(at, at + atOnce).map(run))
}

/** The store lacks what belongs to this log key, or has what does not. */
export function staleStore({ generation }: LogKey): Error {
  return entryError('audit/stale-key-store', { logKeyGeneration: generation })
}
