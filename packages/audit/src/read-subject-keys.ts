/** Subject keys for readers: nothing is written, and no destruction is finished. */
import type { KeyValue } from '@chartseal/core/ports'
import type { SubjectKey } from './body.js'
import { entryError } from './errors.js'
import { readLogKeys, readPending } from './log-keys.js'
import { canonicalPatientId, type PatientIdForm } from './patient-id.js'
import { staleStore } from './shred.js'
import { type LogKey, namerOf, prefixOf, type Subject, systemSubject, unwrapSubject } from './wrapped-keys.js'

export interface SubjectKeyReader {
  /** The caller's own copy. @throws ChartsealError `audit/no-subject-key`, `audit/shredded` */
  keyOf(patient: string | null): Promise<SubjectKey>
  /** Copies of all keys there are; the caller wipes them. */
  all(): Promise<readonly SubjectKey[]>
}

export interface SubjectKeyReaderOptions {
  readonly store: KeyValue
  readonly logKeys: KeyValue
  readonly patientIds?: PatientIdForm
}

/** A shredding replaces the log key while its stores are read; more of them in a row than this do not happen. */
const maxAttempts = 8

/**
 * Reads the keys of a log whose stores may be changed meanwhile by their owner, and may be on read-only media. A key whose
 * destruction was begun counts as destroyed.
 */
export function readSubjectKeys({
  store,
  logKeys,
  patientIds = 'exact',
}: SubjectKeyReaderOptions): SubjectKeyReader {
  const stores = { store, logKeys }
  return {
    async keyOf(patient) {
      const id = patient === null ? systemSubject : canonicalPatientId(patient, patientIds)
      return settled(stores, async ({ logKey, doomed }) => {
        const name = namerOf(logKey)(id)
        const subject = await subjectAt(store, logKey, name)
        if (subject === null) throw entryError('audit/no-subject-key', {})
        if (subject.key === null || name === doomed) throw entryError('audit/shredded', {})
        return subject.key
      })
    },
    async all() {
      return settled(stores, async ({ logKey, names, doomed }) => {
        const subjects = await Promise.all(
          names.filter(name => name !== doomed).map(name => subjectAt(store, logKey, name)),
        )
        if (subjects.includes(null)) throw staleStore(logKey)
        return subjects.flatMap(subject => subject?.key ?? [])
      })
    },
  }
}

interface View {
  readonly logKey: LogKey
  /** The entries of this log key. */
  readonly names: readonly string[]
  /** The entry that is being destroyed. */
  readonly doomed: string | null
}

type Stores = Pick<SubjectKeyReaderOptions, 'store' | 'logKeys'>

/** Reads again when the log key was replaced meanwhile: then entries were moved, and what was seen means nothing. */
async function settled<Result>(stores: Stores, read: (view: View) => Promise<Result>): Promise<Result> {
  for (let attempt = 1; ; attempt++) {
    const before = await generationOf(stores)
    try {
      return await inView(stores, read)
    } catch (error) {
      if (attempt === maxAttempts || (await generationOf(stores)) === before) throw error
    }
  }
}

async function generationOf({ logKeys }: Stores): Promise<string> {
  return (await logKeys.keys('log-key/')).join(' ')
}

/** The oldest log key is the one whose entries are all there until it is destroyed. */
async function inView<Result>(
  { store, logKeys }: Stores,
  read: (view: View) => Promise<Result>,
): Promise<Result> {
  const pending = await readPending(logKeys)
  const [logKey, ...others] = await readLogKeys(logKeys)
  try {
    if (logKey === undefined) throw entryError('audit/stale-key-store', { logKeyGeneration: 0 })
    if (others.length > 0 && pending === null) throw entryError('audit/bad-key-store', {})
    const all = await store.keys('subject/')
    const names = all.filter(name => name.startsWith(prefixOf(logKey.generation)))
    const isWhole = pending !== null || names.length === all.length
    if (!isWhole || !names.includes(namerOf(logKey)(systemSubject))) throw staleStore(logKey)
    return await read({ logKey, names, doomed: pending?.name ?? null })
  } finally {
    for (const one of [logKey, ...others]) one?.key.wipe()
  }
}

async function subjectAt(store: KeyValue, logKey: LogKey, name: string): Promise<Subject | null> {
  const wrapped = await store.get(name)
  return wrapped === null ? null : unwrapSubject(logKey, name, wrapped)
}
