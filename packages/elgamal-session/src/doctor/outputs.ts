/** What one input leads to, in order. */
import { encodeToRelay, type ToRelay } from '../relay/link.js'
import { encodeRecord, type JournalRecord } from './records.js'
import type { CoreEvent, CoreOutput, Work } from './types.js'

export class Outputs {
  #list: CoreOutput[] = []
  /** Whether there is a relay to talk to. */
  isAttached = false
  /** Records of the journal since it was last replaced. */
  appended = 0

  persist(record: JournalRecord): void {
    this.appended++
    this.#list.push({ kind: 'persist', record: encodeRecord(record) })
  }

  replace(records: readonly JournalRecord[]): void {
    this.appended = 0
    this.#list.push({ kind: 'replace', records: records.map(encodeRecord) })
  }

  /** Nothing where there is no relay: what matters is said again when there is one. */
  link(message: ToRelay): void {
    if (this.isAttached) this.#list.push({ kind: 'link', bytes: encodeToRelay(message) })
  }

  work(work: Work): void {
    this.#list.push({ kind: 'work', ...work })
  }

  event(event: CoreEvent): void {
    this.#list.push({ kind: 'event', event })
  }

  take(): readonly CoreOutput[] {
    const list = this.#list
    this.#list = []
    return list
  }
}
