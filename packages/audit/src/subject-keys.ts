/** One key for each patient, wrapped under a log key; see docs/spec/audit-entry.md. */
import type { KeyValue, Random } from '@chartseal/core/ports'
import { systemRandom } from '@chartseal/core/system'
import { SubjectKey } from './body.js'
import { entryError } from './errors.js'
import { type LoadedKey, LoadedKeys } from './loaded-keys.js'
import { clearPending, type Pending, type ShredDecision, writePending } from './log-keys.js'
import {
  blurredPatientId,
  canonicalPatientId,
  isTypable,
  notTypable,
  type PatientIdForm,
} from './patient-id.js'
import { type RecoveredKeys, recoverKeys } from './recover-keys.js'
import { finishShredding, type KeyStores } from './shred.js'
import { shredCompletion } from './shred-record.js'
import {
  type LogKey,
  namerOf,
  prefixOf,
  type Subject,
  systemSubject,
  unwrapSubject,
  wrapSubject,
} from './wrapped-keys.js'

/** Patients are named by the id that stands in their records, the system itself by `null`. */
export interface SubjectKeys {
  /** The caller's own copy, as for the patient themselves. @throws ChartsealError `audit/no-subject-key`, `audit/shredded` */
  keyOf(patient: string | null): Promise<SubjectKey>
  /**
   * As {@link keyOf}, for immediate use; `create` makes the key where there is none, also for a patient who was forgotten:
   * what is recorded from now on is under a new key.
   * @throws ChartsealError `audit/bad-record` for an id that nobody could tell by eye
   */
  load(patient: string | null, create: boolean): Promise<LoadedKey>
  /** Refuses what `load` with `create` would refuse, and makes nothing. @throws ChartsealError `audit/bad-record` */
  check(patient: string | null): Promise<void>
  /** Copies of all keys there are, for reading everything; the caller wipes them. */
  all(): Promise<readonly SubjectKey[]>
  /** Other ids that have a key here and look like this one. */
  near(patient: string): Promise<readonly string[]>
  /**
   * The entry of the key store that {@link shred} would destroy: a name for the records that says nothing of the patient.
   * @throws ChartsealError `audit/no-subject-key`, `audit/shredded`
   */
  entryOf(patient: string): Promise<string>
  /**
   * Destroys the key of a patient for good, in this store and in every older backup of it, and wraps all others under
   * a new log key: the only backup that opens is one made afterwards. With a decision it is `unrecorded` from then on.
   * @throws ChartsealError `audit/no-subject-key`, `audit/shredded`, `audit/shred-unrecorded`, `audit/bad-record`
   */
  shred(patient: string, decision?: ShredDecision): Promise<void>
  /** A destruction that is done, and of which the log may not have a record yet: also one that a crash interrupted. */
  readonly unrecorded: Pending | null
  /** Forgets {@link unrecorded}, once the log has `shredCompletion` of it. */
  recorded(): Promise<void>
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
  /** By default `exact`. */
  readonly patientIds?: PatientIdForm
}

/**
 * Opens the keys of a log, making them where both stores are empty, and finishes what a crash interrupted. One opener
 * at a time: `openKeyValue` of core locks its folder.
 * @throws ChartsealError `audit/stale-key-store`, `audit/bad-key-store`
 */
export async function openSubjectKeys(options: SubjectKeysOptions): Promise<SubjectKeys> {
  const { store, logKeys, random = systemRandom, patientIds = 'exact' } = options
  const stores = { store, logKeys, random }
  return new WrappedSubjectKeys(stores, await recoverKeys(stores), patientIds)
}

class WrappedSubjectKeys implements SubjectKeys {
  readonly #stores: KeyStores
  #logKey: LogKey
  #nameOf: (patient: string) => string
  readonly #loaded = new LoadedKeys()
  /** Changes and loads happen one after the other. */
  #last: Promise<unknown> = Promise.resolve()
  readonly #patientIds: PatientIdForm
  #unrecorded: Pending | null
  #failed = false
  #closed = false

  constructor(stores: KeyStores, { logKey, unrecorded }: RecoveredKeys, patientIds: PatientIdForm) {
    this.#stores = stores
    this.#patientIds = patientIds
    this.#unrecorded = unrecorded
    this.#logKey = logKey
    this.#nameOf = namerOf(logKey)
  }

  async keyOf(patient: string | null): Promise<SubjectKey> {
    const { key } = await this.load(patient, false)
    return new SubjectKey(key.reveal())
  }

  async load(patient: string | null, create: boolean): Promise<LoadedKey> {
    const id = this.#idOf(patient)
    const loaded = this.#loaded.get(id)
    if (loaded !== undefined && !this.#failed) return loaded
    return this.#inTurn(async () => {
      const again = this.#loaded.get(id)
      if (again !== undefined) return again
      const found = await this.#find(id)
      if (!create && found === null) throw entryError('audit/no-subject-key', {})
      if (!create && found?.key === null) throw entryError('audit/shredded', {})
      return this.#loaded.keep(id, found?.key ?? (await this.#create(id, found)))
    })
  }

  async check(patient: string | null): Promise<void> {
    const id = this.#idOf(patient)
    if (id === systemSubject || isTypable(id)) return
    return this.#inTurn(async () => {
      if ((await this.#find(id)) === null) throw notTypable()
    })
  }

  async all(): Promise<readonly SubjectKey[]> {
    return (await this.#everybody()).flatMap(({ key }) => key ?? [])
  }

  async near(patient: string): Promise<readonly string[]> {
    const id = this.#idOf(patient)
    const living = (await this.#everybody()).flatMap(subject => {
      subject.key?.wipe()
      return subject.key === null || subject.patient === id ? [] : subject.patient
    })
    return living.filter(other => blurredPatientId(other) === blurredPatientId(id)).sort()
  }

  async entryOf(patient: string): Promise<string> {
    return this.#inTurn(() => this.#entryOf(this.#idOf(patient)))
  }

  async shred(patient: string, decision?: ShredDecision): Promise<void> {
    const id = this.#idOf(patient)
    return this.#inTurn(async () => {
      if (this.#unrecorded !== null) throw entryError('audit/shred-unrecorded', {})
      const name = await this.#entryOf(id)
      const pending = { generation: this.#logKey.generation, name, decision: decision ?? null }
      // What cannot be recorded later must not be begun.
      shredCompletion(pending, 0)
      this.#loaded.forget(id)
      await this.#change(() => this.#destroy(pending))
    })
  }

  get unrecorded(): Pending | null {
    return this.#unrecorded
  }

  async recorded(): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#unrecorded === null) return
      await this.#change(() => clearPending(this.#stores.logKeys))
      this.#unrecorded = null
    })
  }

  close(): void {
    this.#closed = true
    this.#loaded.wipe()
    this.#logKey.key.wipe()
  }

  #idOf(patient: string | null): string {
    return patient === null ? systemSubject : canonicalPatientId(patient, this.#patientIds)
  }

  async #entryOf(id: string): Promise<string> {
    const subject = await this.#find(id)
    if (subject === null || id === systemSubject) throw entryError('audit/no-subject-key', {})
    if (subject.key === null) throw entryError('audit/shredded', {})
    subject.key.wipe()
    return this.#nameOf(id)
  }

  async #destroy(pending: Pending): Promise<void> {
    const { logKeys } = this.#stores
    await writePending(logKeys, pending)
    this.#logKey.key.wipe()
    this.#logKey = await finishShredding(this.#stores, pending)
    this.#nameOf = namerOf(this.#logKey)
    if (pending.decision === null) await clearPending(logKeys)
    else this.#unrecorded = pending
  }

  async #everybody(): Promise<readonly Subject[]> {
    return this.#inTurn(async () => {
      const names = await this.#stores.store.keys(prefixOf(this.#logKey.generation))
      const subjects = await Promise.all(names.map(name => this.#read(name)))
      return subjects.flatMap(subject => subject ?? [])
    })
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

  /** In the place of a tombstone, too: its log key is gone, so the new key has nothing in common with the old one. */
  async #create(id: string, tombstone: Subject | null): Promise<SubjectKey> {
    if (tombstone === null && id !== systemSubject && !isTypable(id)) throw notTypable()
    const { store, random } = this.#stores
    const name = this.#nameOf(id)
    const key = SubjectKey.generate(random)
    await this.#change(() => store.put(name, wrapSubject(this.#logKey, name, { patient: id, key }, random)))
    return key
  }
}
