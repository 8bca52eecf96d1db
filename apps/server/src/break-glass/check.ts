/** Whether the queue of break-glass and the audit log say the same: the queue is a view of the log, and hides nothing. */
import {
  accessCommitment,
  decodeAccessEntry,
  decodeClinicLeaf,
  encodeAccessEntry,
} from '@chartseal/audit/access'
import { eventEntry, parseSetParcel } from '@chartseal/clinic/break-glass'
import { equal } from '@chartseal/core/bytes'
import { encodeBase64Url } from '@chartseal/core/encoding'
import { readLeaves, type TileSource, type TreeHead } from '@chartseal/tlog'
import type { OpenedStore, Opening, StoredEmergency } from '../store.js'
import { type Kept, keptEmergency, Statements } from './history.js'

export interface QueueReport {
  readonly sets: number
  readonly requests: number
  readonly events: number
  /** Entries that the published checkpoint does not cover yet, or that are in a log of before. */
  readonly notLookedUp: number
  /** What does not fit, for people. */
  readonly findings: readonly string[]
}

export interface CheckedLog {
  readonly origin: string
  readonly source: TileSource
  readonly head: TreeHead
}

/** Reads every set, request and event, and every entry of break-glass. */
export async function checkQueue(store: OpenedStore, log: CheckedLog): Promise<QueueReport> {
  const check = new QueueCheck(store, log)
  await check.run()
  return check.report()
}

/** What the entry of each statement says, by the hash of that. */
type Entries = Map<string, Opening>

const page = 100

class QueueCheck {
  readonly #store: OpenedStore
  readonly #log: CheckedLog
  readonly #statements = new Statements()
  readonly #entries: Entries = new Map()
  readonly #findings: string[] = []
  #counts = { sets: 0, requests: 0, events: 0, notLookedUp: 0 }

  constructor(store: OpenedStore, log: CheckedLog) {
    this.#store = store
    this.#log = log
  }

  report(): QueueReport {
    return { ...this.#counts, findings: this.#findings }
  }

  async run(): Promise<void> {
    await this.#readEntries()
    await this.#sets()
    await this.#requests()
    for (const [hash, { leafIndex }] of this.#entries)
      this.#findings.push(`entry ${leafIndex} of the log is about ${hash}, which is not in the queue`)
  }

  /** Those that are left at the end are of nothing that is there. */
  async #readEntries(): Promise<void> {
    const text = Buffer.from('break-glass-')
    for (let after = ''; ; ) {
      const rows = await this.#store.db
        .selectFrom('openings')
        .select(['id', 'entry'])
        .where('id', '>', after)
        .orderBy('id')
        .limit(page)
        .execute()
      for (const { id, entry } of rows) if (Buffer.from(entry).includes(text)) await this.#noteEntry(id)
      after = rows.at(-1)?.id ?? after
      if (rows.length < page) return
    }
  }

  async #noteEntry(id: string): Promise<void> {
    const opening = await this.#store.openings.find(id)
    if (opening === null || opening.salt === null) return
    const { act, ids } = decodeAccessEntry(opening.entry)
    const [, hash = ''] = ids
    if (act.startsWith('break-glass-')) this.#entries.set(hash, opening)
  }

  async #sets(): Promise<void> {
    for (let after = 0; ; ) {
      const sets = await this.#store.breakGlass.sets({ after, limit: page })
      for (const { id, hash, bytes } of sets) {
        this.#counts.sets += 1
        const own = encodeBase64Url(parseSetParcel(bytes).statement.hash)
        const opening = this.#entries.get(hash)
        if (own !== hash || opening === undefined) this.#findings.push(`set ${id} has no entry in the log`)
        else await this.#lookUp(`set ${id}`, opening)
        this.#entries.delete(hash)
      }
      after = sets.at(-1)?.position ?? after
      if (sets.length < page) return
    }
  }

  async #requests(): Promise<void> {
    for (let after = 0; ; ) {
      const rows = await this.#store.breakGlass.queue({ after, limit: page })
      for (const row of rows) await this.#request(row)
      after = rows.at(-1)?.position ?? after
      if (rows.length < page) return
    }
  }

  async #request(row: StoredEmergency): Promise<void> {
    this.#counts.requests += 1
    const kept = await this.#replayed(row)
    if (kept === null) return
    let previous = kept.state.set.hash
    for (const { row: stored, event, opening } of kept.events) {
      this.#counts.events += 1
      const { set, request } = kept.state
      const what = `event ${stored.number} of request ${row.id}`
      const { nowMs: atMs, isOfficer } = stored
      const expected = eventEntry(event, { set, request, previous, atMs, isOfficer })
      if (equal(encodeAccessEntry(expected), opening.entry)) await this.#lookUp(what, opening)
      else this.#findings.push(`${what} has an entry in the log that is about something else`)
      previous = event.hash
      this.#entries.delete(stored.hash)
    }
  }

  /** `null` where it does not fit together. */
  async #replayed(row: StoredEmergency): Promise<Kept | null> {
    try {
      return await keptEmergency(this.#store, this.#statements, row, { size: 0, cosignatures: 0 })
    } catch (error) {
      const reason = error instanceof Error ? error.message : `${error}`
      this.#findings.push(`request ${row.id} does not fit together: ${reason}`)
      return null
    }
  }

  /** Whether the leaf commits to the entry. */
  async #lookUp(what: string, { log, leafIndex, salt, entry }: Opening): Promise<void> {
    const { origin, source, head } = this.#log
    if (log !== origin || leafIndex >= head.size || salt === null) {
      this.#counts.notLookedUp += 1
      return
    }
    for await (const bytes of readLeaves(source, leafIndex, leafIndex + 1, head)) {
      const leaf = decodeClinicLeaf(bytes, leafIndex)
      if ('sum' in leaf && equal(leaf.sum, accessCommitment(salt, entry))) return
    }
    this.#findings.push(`${what} is not what entry ${leafIndex} of the log says`)
  }
}
