/** Rows in IndexedDB: one store, strict durability, so that what was written is on disk before anything leaves. */
import type { RowChange, Rows, RowValue } from './rows.js'

const storeName = 'rows'

/** @throws DOMException where the browser keeps nothing, as in some private windows */
export async function indexedRows(name: string, factory: IDBFactory = indexedDB): Promise<Rows> {
  const opening = factory.open(name, 1)
  opening.onupgradeneeded = () => opening.result.createObjectStore(storeName)
  const database = await answered(opening)
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

const below = (prefix: string, from = prefix): IDBKeyRange => IDBKeyRange.bound(from, `${prefix}\uffff`)

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
