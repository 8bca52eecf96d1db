/** Rows in IndexedDB: one store, strict durability, so that what was written is on disk before anything leaves. */
import { consoleError } from '../errors.js'
import type { RowChange, Rows, RowValue } from './rows.js'

const storeName = 'rows'
const version = 1

/**
 * @param lost told once what was opened cannot be used any more: a newer page takes it over, or the browser closed it
 * @throws ChartsealError `console/no-storage` where the browser keeps nothing, as in some private windows;
 * `console/newer-page` for what a newer page wrote
 */
export async function indexedRows(
  name: string,
  lost: (reason: unknown) => void,
  factory: IDBFactory = indexedDB,
): Promise<Rows> {
  const database = await openedDatabase(name, factory)
  // Or a newer page in another tab waits for ever.
  database.onversionchange = () => {
    database.close()
    lost(consoleError('console/newer-page', {}))
  }
  database.onclose = () => lost(consoleError('console/storage-closed', {}))
  const store = (mode: IDBTransactionMode): IDBObjectStore =>
    database.transaction(storeName, mode, { durability: 'strict' }).objectStore(storeName)
  return {
    get: async key => known(await answered(store('readonly').get(key))),
    count: prefix => answered(store('readonly').count(below(prefix))),
    async last(prefix) {
      const cursor = await answered(store('readonly').openCursor(below(prefix), 'prev'))
      const value = cursor === null ? null : known(cursor.value)
      return cursor === null || value === null ? null : [String(cursor.key), value]
    },
    keys: async prefix => (await answered(store('readonly').getAllKeys(below(prefix)))).map(String),
    async range(prefix, from = prefix) {
      const within = below(prefix, from)
      const rows = store('readonly')
      const [keys, values] = await Promise.all([
        answered(rows.getAllKeys(within)),
        answered(rows.getAll(within)),
      ])
      return keys.flatMap((key, i) => {
        const value = known(values[i])
        return value === null ? [] : [[String(key), value] as const]
      })
    },
    write: changes => written(store('readwrite'), changes),
  }
}

async function openedDatabase(name: string, factory: IDBFactory): Promise<IDBDatabase> {
  try {
    const opening = factory.open(name, version)
    opening.onupgradeneeded = () => opening.result.createObjectStore(storeName)
    return await answered(opening)
  } catch (error) {
    const isNewer = error instanceof Error && error.name === 'VersionError'
    throw consoleError(isNewer ? 'console/newer-page' : 'console/no-storage', {})
  }
}

/** Never rows of another name, wherever it is to begin. */
const below = (prefix: string, from = prefix): IDBKeyRange =>
  IDBKeyRange.bound(from < prefix ? prefix : from, `${prefix}\uffff`)

function answered<Result>(request: IDBRequest<Result>): Promise<Result> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })
}

function written(store: IDBObjectStore, changes: readonly RowChange[]): Promise<void> {
  const { transaction } = store
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve()
    transaction.onabort = () => reject(transaction.error ?? new Error('the transaction was aborted'))
    for (const [key, value] of changes) {
      if (value === null) store.delete(key)
      else store.put(value, key)
    }
  })
}

function known(value: unknown): RowValue | null {
  if (typeof value === 'string' || value instanceof Uint8Array) return value
  return isKeyPair(value) ? value : null
}

function isKeyPair(value: unknown): value is CryptoKeyPair {
  return typeof value === 'object' && value !== null && 'privateKey' in value && 'publicKey' in value
}
