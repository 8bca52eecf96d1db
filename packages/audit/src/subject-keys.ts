/** One key for each patient, wrapped under a log key; see docs/spec/audit-entry.md. */
import type { KeyValue, Random } from '@chartseal/core/ports'
import { systemRandom } from '@chartseal/core/system'
import { SubjectKey, type Tagger, taggerOf } from './body.js'
import { entryError } from './errors.js'
import { addLogKey, clearPending, readLogKeys, readPending, writePending } from './log-keys.js'
import { finishShredding, type KeyStores, staleStore } from './shred.js'
import {
  type LogKey,
  namerOf,
  prefixOf,
  type Subject,
  systemSubject,
  unwrapSubject,
  wrapSubject,
} from './wrapped-keys.js'

/** A key and what is derived from it. Belongs to the store, which wipes it: not to be kept. */
export interface LoadedKey {
  readonly key: SubjectKey
  readonly tag: Tagger
}

/** Patients are named by the id that stands in their records, the system itself by `null`. */
export interface SubjectKeys {
  /** The caller's own copy, as for the patient himself. @throws ChartsealError `audit/no-subject-key`, `audit/shredded` */
  keyOf(patient: string | null): Promise<SubjectKey>
  /** As {@link keyOf}, for immediate use; `create` makes the key where there is none. */
  load(patient: string | null, create: boolean): Promise<LoadedKey>
  /** Copies of all keys there are, for reading everything; the caller wipes them. */
  all(): Promise<readonly SubjectKey[]>
  /**
   * Destroys the key of a patient for good, in this store and in every older backup of it, and wraps all others under
   * a new log key: the only backup that opens is one made afterwards.
   * @throws ChartsealError `audit/no-subject-key`, `audit/shredded`
   */
  shred(patient: string): Promise<void>
  /** Wipes what is in memory; the stores are the caller's to close. */
  close(): void
}

export interface SubjectKeysOptions {
  /** Wrapped subject keys; backups of it are useful and safe. */
  readonly store: KeyValue
  /**
   * Holds the log key and the shredding under way, 32 secret bytes and a name. Must lie elsewhere, in no backup of
   * `store`, and where deleting is final.
   */
  readonly logKeys: KeyValue
  readonly random?: Random
}

/**
 * Opens the keys of a log, making them where both stores are empty, and finishes what a crash interrupted. One opener
 * at a time: `openKeyValue` of core locks its folder.
 * @throws ChartsealError `audit/stale-key-store`, `audit/bad-key-store`
 */
export async function openSubjectKeys(options: SubjectKeysOptions): Promise<SubjectKeys> {
  const stores = { random: systemRandom, ...options }
  const logKey = await recover(stores)
  return new WrappedSubjectKeys(stores, logKey)
}

const maxLoaded = 10_000

async function recover(stores: KeyStores): Promise<LogKey> {
  const { store, logKeys } = stores
  const pending = await readPending(logKeys)
  if (pending !== null && pending.generation > 0) return finishShredding(stores, pending)
  const [logKey, ...others] = await readLogKeys(logKeys)
  if (others.length > 0) throw entryError('audit/bad-key-store', {})
  const names = await store.keys('subject/')
  if (pending !== null || (logKey === undefined && names.length === 0)) return initialize(stores, logKey)
  if (logKey === undefined) throw entryError('audit/stale-key-store', { logKeyGeneration: 0 })
  const own = prefixOf(logKey.generation)
  const system = namerOf(logKey)(systemSubject)
  if (!names.includes(system) || names.some(name => !name.startsWith(own))) throw staleStore(logKey)
  return logKey
}

/** The system's own key is made with the store, and tells a store of this log key from an empty one. */
async function initialize(stores: KeyStores, found: LogKey | undefined): Promise<LogKey> {
  const { store, logKeys, random } = stores
  await writePending(logKeys, { generation: 0, name: '' })
  const logKey = found ?? (await addLogKey(logKeys, 1, random))
  const name = namerOf(logKey)(systemSubject)
  if ((await store.get(name)) === null) {
    using key = SubjectKey.generate(random)
    await store.put(name, wrapSubject(logKey, name, { patient: systemSubject, key }, random))
  }
  await clearPending(logKeys)
  return logKey
}

class WrappedSubjectKeys implements SubjectKeys {
  readonly #stores: KeyStores
  #logKey: LogKey
  #nameOf: (patient: string) => string
  /** Keys in the order of their loading. */
  readonly #loaded = new Map<string, LoadedKey>()
  /** Changes and loads happen one after the other. */
  #last: Promise<unknown> = Promise.resolve()
  #failed = false
  #closed = false

  constructor(stores: KeyStores, logKey: LogKey) {
    this.#stores = stores
    this.#logKey = logKey
    this.#nameOf = namerOf(logKey)
  }

  async keyOf(patient: string | null): Promise<SubjectKey> {
    const { key } = await this.load(patient, false)
    return new SubjectKey(key.reveal())
  }

  async load(patient: string | null, create: boolean): Promise<LoadedKey> {
    const id = patient ?? systemSubject
    const loaded = this.#loaded.get(id)
    if (loaded !== undefined && !this.#failed) return loaded
    return this.#inTurn(async () => {
      const again = this.#loaded.get(id)
      if (again !== undefined) return again
      const found = (await this.#find(id)) ?? (create ? await this.#create(id) : null)
      if (found === null) throw entryError('audit/no-subject-key', {})
      if (found.key === null) throw entryError('audit/shredded', {})
      return this.#keep(id, found.key)
    })
  }

  async all(): Promise<readonly SubjectKey[]> {
    return this.#inTurn(async () => {
      const { store } = this.#stores
      const names = await store.keys(prefixOf(this.#logKey.generation))
      const subjects = await Promise.all(names.map(name => this.#read(name)))
      return subjects.flatMap(subject => subject?.key ?? [])
    })
  }

  async shred(patient: string): Promise<void> {
    return this.#inTurn(async () => {
      const subject = await this.#find(patient)
      if (subject === null || patient === systemSubject) throw entryError('audit/no-subject-key', {})
      if (subject.key === null) throw entryError('audit/shredded', {})
      subject.key.wipe()
      const pending = { generation: this.#logKey.generation, name: this.#nameOf(patient) }
      this.#loaded.get(patient)?.key.wipe()
      this.#loaded.delete(patient)
      await this.#change(async () => {
        await writePending(this.#stores.logKeys, pending)
        this.#logKey.key.wipe()
        this.#logKey = await finishShredding(this.#stores, pending)
        this.#nameOf = namerOf(this.#logKey)
      })
    })
  }

  close(): void {
    this.#closed = true
    for (const { key } of this.#loaded.values()) key.wipe()
    this.#loaded.clear()
    this.#logKey.key.wipe()
  }

  async #inTurn<Result>(run: () => Promise<Result>): Promise<Result> {
    const turn = this.#last.then(() => {
      if (this.#closed) throw new TypeError('these keys are closed')
      if (this.#failed) throw entryError('audit/key-store-failed', {})
      return run()
    })
    this.#last = turn.catch(() => undefined)
    return turn
  }

  /** After a failure nobody knows what the stores hold: opening them again finds out. */
  async #change<Result>(run: () => Promise<Result>): Promise<Result> {
    try {
      return await run()
    } catch (error) {
      this.#failed = true
      throw error
    }
  }

  async #find(id: string): Promise<Subject | null> {
    return this.#read(this.#nameOf(id))
  }

  async #read(name: string): Promise<Subject | null> {
    const wrapped = await this.#stores.store.get(name)
    return wrapped === null ? null : unwrapSubject(this.#logKey, name, wrapped)
  }

  async #create(id: string): Promise<Subject> {
    const { store, random } = this.#stores
    const name = this.#nameOf(id)
    const subject = { patient: id, key: SubjectKey.generate(random) }
    await this.#change(() => store.put(name, wrapSubject(this.#logKey, name, subject, random)))
    return subject
  }

  #keep(id: string, key: SubjectKey): LoadedKey {
    const loaded = { key, tag: taggerOf(key) }
    const [oldest] = this.#loaded.size < maxLoaded ? [] : this.#loaded.keys()
    if (oldest !== undefined) this.#loaded.delete(oldest)
    this.#loaded.set(id, loaded)
    return loaded
  }
}
